"""The loop of `amalgam-bench training` as PyTorch's users write it: one request a line, one answer a line.

A request is FOLDER BLUEPRINT SAMPLE COUNT BATCH; the folder holds raw images, labels and parameters, of which the first COUNT
samples are trained on. The answer is the milliseconds of one epoch and its mean loss.
"""
import math
import os
import sys
import time

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))

VGG11 = [1, 0, 2, 0, 4, 4, 0, 8, 8, 0, 8, 8, 0]
RESNET18 = [2, 2, 2, 2]


class Block(nn.Module):
    """A basic block of He et al. 2016, in the names of the widespread CIFAR code."""

    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.shortcut = nn.Sequential()
        if inputs != outputs:
            self.shortcut = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x):
        out = F.relu(self.bn1(self.conv1(x)))
        return F.relu(self.bn2(self.conv2(out)) + self.shortcut(x))


class ResNet(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width)
        layers, channels = [], width
        for stage, count in enumerate(RESNET18):
            for block in range(count):
                layers.append(Block(channels, width << stage, 2 if stage and not block else 1))
                channels = width << stage
        self.layers = nn.Sequential(*layers)
        self.linear = nn.Linear(channels, 10)

    def forward(self, x):
        x = self.layers(F.relu(self.bn1(self.conv1(x))))
        return self.linear(F.adaptive_avg_pool2d(x, 1).flatten(1))


def network(blueprint):
    kind, options = blueprint.split(":")
    if kind == "mlp":
        widths = list(map(int, options.split("-")))
        layers = [nn.Flatten()]
        for index, (inputs, outputs) in enumerate(zip(widths, widths[1:])):
            layers += ([nn.ReLU()] if index else []) + [nn.Linear(inputs, outputs)]
        return nn.Sequential(*layers)
    width, channels, layers = int(options.split("=")[1]), 3, []
    if kind == "resnet18":
        return ResNet(width)
    for step in VGG11:
        if step:
            layers += [nn.Conv2d(channels, step * width, 3, padding=1, bias=False), nn.BatchNorm2d(step * width), nn.ReLU()]
            channels = step * width
        else:
            layers.append(nn.MaxPool2d(2, 2))
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(channels, 10))


def epoch(folder, blueprint, sample, count, batch):
    count, batch = int(count), int(batch)
    shape = tuple(map(int, sample.split("x")))
    images = torch.from_numpy(np.fromfile(f"{folder}/images", np.float32, count * math.prod(shape))).reshape(count, *shape)
    labels = torch.from_numpy(np.fromfile(f"{folder}/labels", np.int64, count))
    values = torch.from_numpy(np.fromfile(f"{folder}/parameters", np.float32))
    model = network(blueprint).train()
    start = 0
    for name, value in model.state_dict().items():
        if not name.endswith("num_batches_tracked"):
            value.copy_(values[start:start + value.numel()].reshape(value.shape))
            start += value.numel()
    assert start == len(values), "the parameters are not those of the network"
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9, fused=True)
    order = torch.arange(count)
    total, correct = 0.0, 0
    begin = time.perf_counter()
    for place in range(0, count, batch):
        index = order[place:place + batch]
        x, y = images[index], labels[index]
        logits = model(x)
        loss = F.cross_entropy(logits, y)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(y)
        correct += (logits.argmax(1) == y).sum().item()
    return (time.perf_counter() - begin) * 1e3, total / count


for line in sys.stdin:
    folder, task, *rest = line.split()
    milliseconds, value = (0.0, 0.0) if task == "version" else epoch(folder, task, *rest)
    print(f"{milliseconds!r} {float(value)!r}", flush=True)
