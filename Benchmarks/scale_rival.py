"""Networks of growing size with random weights, and one pass of them in PyTorch: one request a line, one answer a line.

A request is FOLDER NAME PARENTS SAMPLES; NAME is mlp:WIDTHxHIDDEN, vgg11, resnet18, resnet50, vit-s or vit-b. The parents are saved
to FOLDER as 1.pt, 2.pt and so on, the samples as raw single-precision numbers to FOLDER/x. The answer is the milliseconds of processor
time of passing the samples through all parents, and the number of samples.
"""
import collections
import os
import sys
import time

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))

VGG11 = [64, 0, 128, 0, 256, 256, 0, 512, 512, 0, 512, 512, 0]


def convolution(inputs, outputs, kernel, stride=1):
    return nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False)


class Block(nn.Module):
    """He et al. 2016: two convolutions, or three with a bottleneck, and a shortcut; torchvision's names."""

    def __init__(self, inputs, width, stride, expansion):
        super().__init__()
        outputs = width * expansion
        shapes = [(inputs, width, 3, stride), (width, width, 3, 1)]
        if expansion > 1:
            shapes = [(inputs, width, 1, 1), (width, width, 3, stride), (width, outputs, 1, 1)]
        self.count = len(shapes)
        for index, shape in enumerate(shapes, 1):
            setattr(self, f"conv{index}", convolution(*shape))
            setattr(self, f"bn{index}", nn.BatchNorm2d(shape[1]))
        self.downsample = None
        if stride > 1 or inputs != outputs:
            self.downsample = nn.Sequential(convolution(inputs, outputs, 1, stride), nn.BatchNorm2d(outputs))

    def forward(self, x):
        out = x
        for index in range(1, self.count + 1):
            out = getattr(self, f"bn{index}")(getattr(self, f"conv{index}")(out))
            if index < self.count:
                out = F.relu(out)
        return F.relu(out + (self.downsample(x) if self.downsample else x))


class ResNet(nn.Module):
    def __init__(self, layers, expansion):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64)
        inputs = 64
        for stage, count in enumerate(layers):
            blocks = []
            for block in range(count):
                blocks.append(Block(inputs, 64 << stage, 2 if stage and not block else 1, expansion))
                inputs = (64 << stage) * expansion
            setattr(self, f"layer{stage + 1}", nn.Sequential(*blocks))
        self.fc = nn.Linear(inputs, 1000)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.bn1(self.conv1(x))), 3, 2, 1)
        for stage in range(1, 5):
            x = getattr(self, f"layer{stage}")(x)
        return self.fc(x.mean((2, 3)))


class VGG(nn.Module):
    def __init__(self):
        super().__init__()
        layers, channels = [], 3
        for width in VGG11:
            if width:
                layers += [nn.Conv2d(channels, width, 3, padding=1), nn.BatchNorm2d(width), nn.ReLU()]
                channels = width
            else:
                layers.append(nn.MaxPool2d(2, 2))
        self.features, self.classifier = nn.Sequential(*layers), nn.Linear(channels, 10)

    def forward(self, x):
        return self.classifier(self.features(x).flatten(1))


class Encoder(nn.Module):
    """Dosovitskiy et al. 2021, torchvision's names."""

    def __init__(self, width, heads):
        super().__init__()
        self.ln_1, self.ln_2 = nn.LayerNorm(width, eps=1e-6), nn.LayerNorm(width, eps=1e-6)
        self.self_attention = nn.MultiheadAttention(width, heads, batch_first=True)
        self.mlp = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Dropout(0.0), nn.Linear(4 * width, width), nn.Dropout(0.0))

    def forward(self, x):
        y = self.ln_1(x)
        x = x + self.self_attention(y, y, y, need_weights=False)[0]
        return x + self.mlp(self.ln_2(x))


class ViT(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.class_token = nn.Parameter(torch.randn(1, 1, width) * 0.02)
        self.conv_proj = nn.Conv2d(3, width, 16, 16)
        self.encoder = nn.Module()
        self.encoder.pos_embedding = nn.Parameter(torch.randn(1, 197, width) * 0.02)
        layers = collections.OrderedDict((f"encoder_layer_{index}", Encoder(width, width // 64)) for index in range(12))
        self.encoder.layers, self.encoder.ln = nn.Sequential(layers), nn.LayerNorm(width, eps=1e-6)
        self.heads = nn.Sequential(collections.OrderedDict(head=nn.Linear(width, 1000)))

    def forward(self, x):
        x = self.conv_proj(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.class_token.expand(len(x), -1, -1), x], 1) + self.encoder.pos_embedding
        return self.heads(self.encoder.ln(self.encoder.layers(x))[:, 0])


def network(name):
    """A network and one sample's shape."""
    if name.startswith("mlp:"):
        width, hidden = map(int, name[4:].split("x"))
        layers = []
        for index in range(hidden):
            layers += [nn.Linear(width if index else 784, width), nn.ReLU()]
        return nn.Sequential(*layers, nn.Linear(width, 10)), (784,)
    made = {"vgg11": VGG, "resnet18": lambda: ResNet([2, 2, 2, 2], 1), "resnet50": lambda: ResNet([3, 4, 6, 3], 4),
            "vit-s": lambda: ViT(384), "vit-b": lambda: ViT(768)}[name]()
    return made, (3, 32, 32) if name == "vgg11" else (3, 224, 224)


@torch.inference_mode()
def answer(folder, name, parents, count):
    generator = torch.Generator().manual_seed(11)
    networks = []
    for parent in range(1, parents + 1):
        torch.manual_seed(parent)
        made, shape = network(name)
        for module in made.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
            if isinstance(module, nn.BatchNorm2d):
                nn.init.uniform_(module.weight, 0.6, 1.4)
                nn.init.normal_(module.bias, 0, 0.3)
                module.momentum = None
        if any(isinstance(module, nn.BatchNorm2d) for module in made.modules()):
            made.train()
            made(torch.randn(8, *shape, generator=torch.Generator().manual_seed(7)))
        networks.append(made.eval())
        torch.save(made.state_dict(), f"{folder}/{parent}.pt")
    x = torch.randn(count, *shape, generator=generator)
    np.asarray(x).tofile(f"{folder}/x")
    networks[0](x[:2])
    start = time.process_time()
    for made in networks:
        for first in range(0, count, 16):
            made(x[first:first + 16])
    return (time.process_time() - start) * 1000


for line in sys.stdin:
    folder, name, parents, count = line.split()
    print(answer(folder, name, int(parents), int(count)), count, flush=True)
