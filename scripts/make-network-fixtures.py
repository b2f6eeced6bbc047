#!/usr/bin/env python3
"""Makes Tests/Fixtures/networks: small networks of every family, written by PyTorch, and the logits PyTorch computes for them.

    python3 scripts/make-network-fixtures.py

needs torch, torchvision, timm and safetensors. Where torchvision's and timm's own models serve, they are used, cut to a few channels:
their names and their forward passes are what Amalgam has to meet. Inputs are sin(0.1 i + 0.3) over the elements, so that they
need not be stored.
"""
import os
import warnings

import torch
import torch.nn.functional as F
from torch import nn
from safetensors.torch import save_file

# A torchvision built for another torch cannot register its operators; its Python models need none of them.
_register = torch.library.register_fake
torch.library.register_fake = lambda *a, **k: lambda function: function
_impl = torch.library.Library.impl
torch.library.Library.impl = lambda *a, **k: None
warnings.filterwarnings("ignore")
import torchvision.models as tv  # noqa: E402
from torchvision.models.vision_transformer import VisionTransformer as TorchvisionViT  # noqa: E402
from timm.models.resnet import BasicBlock as TimmBlock, Bottleneck as TimmBottleneck, ResNet as TimmResNet  # noqa: E402
from timm.models.vision_transformer import VisionTransformer as TimmViT  # noqa: E402

torch.library.register_fake, torch.library.Library.impl = _register, _impl

FOLDER = os.path.join(os.path.dirname(__file__), "..", "Tests", "Fixtures", "networks")
CLASSES = 5
expected = {}


def narrow(model, factor):
    """Cuts every layer behind the first to a share of its channels; forward passes read the widths from the weights."""
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            out, inputs = module.weight.shape[:2]
            module.weight = nn.Parameter(module.weight[: max(1, out // factor), : inputs if inputs == 3 else max(1, inputs // factor)].detach().clone())
            if module.bias is not None:
                module.bias = nn.Parameter(module.bias[: max(1, out // factor)].detach().clone())
        elif isinstance(module, nn.BatchNorm2d):
            size = max(1, module.num_features // factor)
            for name in ("weight", "bias"):
                setattr(module, name, nn.Parameter(getattr(module, name)[:size].detach().clone()))
            for name in ("running_mean", "running_var"):
                setattr(module, name, getattr(module, name)[:size].clone())
    return model


def shake(model):
    """Values that leave no term of the forward pass without effect."""
    with torch.no_grad():
        for module in model.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.weight.uniform_(0.7, 1.3)
                module.bias.normal_(0, 0.2)
                module.running_mean.normal_(0, 0.2)
                module.running_var.uniform_(0.6, 1.4)
            elif isinstance(module, (nn.LayerNorm, nn.GroupNorm)):
                module.weight.uniform_(0.7, 1.3)
                module.bias.normal_(0, 0.2)
            elif isinstance(module, (nn.Conv2d, nn.Linear)):
                fan = module.weight[0].numel()
                module.weight.normal_(0, (2 / fan) ** 0.5)
                if module.bias is not None:
                    module.bias.normal_(0, 0.1)
        for name, parameter in model.named_parameters():
            if name.split(".")[-1] in ("cls_token", "class_token", "pos_embed", "pos_embedding", "pos_emb", "in_proj_weight", "in_proj_bias"):
                parameter.normal_(0, 0.3)
    return model.eval()


def keep(name, model, shape, suffix, batch=3):
    count = batch
    for length in shape:
        count *= length
    x = torch.sin(torch.arange(count, dtype=torch.float64) * 0.1 + 0.3).float().reshape(batch, *shape)
    with torch.no_grad():
        expected[name] = shake(model)(x).contiguous()
    path = os.path.join(FOLDER, name + suffix)
    state = model.state_dict()
    if suffix == ".safetensors":
        save_file({key: value.contiguous() for key, value in state.items()}, path)
    else:
        torch.save(state, path)
    size = os.path.getsize(path)
    print(f"{name:28} {sum(p.numel() for p in model.parameters()):7} parameters {size / 1000:6.1f} kB")
    assert size <= 60_000, f"{name} is too large to store"


class LeNet(nn.Module):
    """conv, pool, twice; two linear layers: the LeNet of the OTFusion paper, with biases."""

    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(1, 6, 5), nn.Conv2d(6, 8, 5)
        self.fc1, self.fc2 = nn.Linear(8 * 16, 16), nn.Linear(16, CLASSES)

    def forward(self, x):
        x = F.relu(F.max_pool2d(self.conv1(x), 2))
        x = F.relu(F.max_pool2d(self.conv2(x), 2)).flatten(1)
        return self.fc2(F.relu(self.fc1(x)))


def padded_lenet():
    """LeNet-5 for 28×28 images, its first convolution padded."""
    model = nn.Sequential()
    model.feature = nn.Sequential(nn.Conv2d(1, 4, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(4, 6, 5), nn.ReLU(), nn.MaxPool2d(2))
    model.classifier = nn.Sequential(nn.Flatten(), nn.Linear(150, 20), nn.ReLU(), nn.Linear(20, 12), nn.ReLU(), nn.Linear(12, CLASSES))
    return model


def vgg(kind, narrowed, norm, head):
    """torchvision's VGG of a kind, with a head for CIFAR (one linear layer, or three) or ImageNet (7×7 positions)."""
    layers = [v if v == "M" else max(1, v // narrowed) for v in tv.vgg.cfgs[kind]]
    model = tv.vgg.VGG(tv.vgg.make_layers(layers, batch_norm=norm), num_classes=2, init_weights=False)
    last = [v for v in layers if v != "M"][-1]
    if head == "imagenet":
        model.classifier = nn.Sequential(nn.Linear(last * 49, 10), nn.ReLU(), nn.Dropout(), nn.Linear(10, 8), nn.ReLU(), nn.Dropout(), nn.Linear(8, CLASSES))
    else:
        model.avgpool = nn.Identity()
        model.classifier = nn.Linear(last, CLASSES) if head == "cifar" else nn.Sequential(
            nn.Dropout(), nn.Linear(last, 10), nn.ReLU(), nn.Dropout(), nn.Linear(10, 8), nn.ReLU(), nn.Linear(8, CLASSES))
    return model


class CIFARBlock(nn.Module):
    """A basic block in the widespread CIFAR names: shortcut.0 and .1, or the shortcut without parameters of He et al., option A."""

    def __init__(self, inputs, outputs, stride, norm=True, bias=False, padded=False):
        super().__init__()
        make = (lambda n: nn.BatchNorm2d(n)) if norm else (lambda n: nn.Identity())
        self.conv1, self.conv2 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=bias), nn.Conv2d(outputs, outputs, 3, 1, 1, bias=bias)
        if norm:
            self.bn1, self.bn2 = make(outputs), make(outputs)
        self.norm, self.padded = norm, padded and stride != 1
        self.shortcut = nn.Sequential()
        if (stride != 1 or inputs != outputs) and not padded:
            self.shortcut = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=bias), *([make(outputs)] if norm else []))

    def forward(self, x):
        y = self.conv1(x)
        y = self.conv2(F.relu(self.bn1(y) if self.norm else y))
        y = self.bn2(y) if self.norm else y
        quarter = (y.shape[1] - x.shape[1]) // 2
        short = F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, quarter, quarter)) if self.padded else self.shortcut(x)
        return F.relu(y + short)


class CIFARResNet(nn.Module):
    def __init__(self, widths, blocks, **options):
        super().__init__()
        norm, bias = options.get("norm", True), options.get("bias", False)
        self.conv1 = nn.Conv2d(3, widths[0], 3, 1, 1, bias=bias)
        if norm:
            self.bn1 = nn.BatchNorm2d(widths[0])
        inputs = widths[0]
        self.stages = []
        for stage, width in enumerate(widths):
            layers = []
            for index in range(blocks):
                layers.append(CIFARBlock(inputs, width, 2 if stage > 0 and index == 0 else 1, **options))
                inputs = width
            setattr(self, f"layer{stage + 1}", nn.Sequential(*layers))
            self.stages.append(f"layer{stage + 1}")
        self.linear = nn.Linear(inputs, CLASSES, bias=norm or bias)

    def forward(self, x):
        x = self.conv1(x)
        x = F.relu(self.bn1(x) if hasattr(self, "bn1") else x)
        for stage in self.stages:
            x = getattr(self, stage)(x)
        return self.linear(x.mean(dim=(2, 3)))


class ViTCIFAR(nn.Module):
    """The ViT of the Neuron Interpolation paper: scores divided by √hidden, GELU also after the second linear layer of a block."""

    def __init__(self, patch, grid, hidden, mlp, heads, depth):
        super().__init__()
        self.patch, self.grid, self.heads = patch, grid, heads
        first = nn.Module()
        first.emb = nn.Linear(patch * patch * 3, hidden)
        first.cls_token = nn.Parameter(torch.zeros(1, 1, hidden))
        first.pos_emb = nn.Parameter(torch.zeros(1, grid * grid + 1, hidden))
        encoders = []
        for _ in range(depth):
            encoder = nn.Module()
            encoder.la1, encoder.la2 = nn.LayerNorm(hidden), nn.LayerNorm(hidden)
            encoder.msa = nn.Module()
            for name in "qkvo":
                setattr(encoder.msa, name, nn.Linear(hidden, hidden))
            encoder.mlp = nn.Sequential(nn.Linear(hidden, mlp), nn.GELU(), nn.Dropout(0), nn.Linear(mlp, hidden), nn.GELU(), nn.Dropout(0))
            encoders.append(encoder)
        level = nn.ModuleList([first, encoders[0]])
        self.blocks = nn.ModuleList([level] + encoders[1:])
        self.fc = nn.Sequential(nn.LayerNorm(hidden), nn.Linear(hidden, CLASSES))

    def forward(self, x):
        n, c, height, _ = x.shape
        p, g = self.patch, self.grid
        # A patch's vector runs over rows, columns, channels.
        x = x.reshape(n, c, g, p, g, p).permute(0, 2, 4, 3, 5, 1).reshape(n, g * g, p * p * c)
        first = self.blocks[0][0]
        x = torch.cat([first.cls_token.expand(n, -1, -1), first.emb(x)], 1) + first.pos_emb
        for encoder in [self.blocks[0][1], *self.blocks[1:]]:
            y = encoder.la1(x)
            q, k, v = (getattr(encoder.msa, name)(y).unflatten(2, (self.heads, -1)).transpose(1, 2) for name in "qkv")
            scores = (q @ k.transpose(2, 3) / x.shape[2] ** 0.5).softmax(-1)
            x = x + encoder.msa.o((scores @ v).transpose(1, 2).flatten(2))
            x = x + encoder.mlp(encoder.la2(x))
        return self.fc(x[:, 0])


class Mixed(nn.Module):
    """Depthwise and grouped convolutions, group and layer normalisation, a concatenation, adaptive pools, log-softmax: no family, but
    mixed.arch.toml describes it."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3, 2, 1)
        self.norm = nn.GroupNorm(4, 8)
        self.depthwise = nn.Conv2d(8, 16, 3, 1, 1, groups=8)
        self.pointwise = nn.Conv2d(16, 12, 1)
        self.grouped = nn.Conv2d(12, 12, 3, 1, 2, dilation=2, groups=3)
        self.bn = nn.BatchNorm2d(12)
        self.side = nn.Conv2d(8, 6, 1)
        self.fc1 = nn.Linear(18 * 5, 14)
        self.bn1d = nn.BatchNorm1d(14)
        self.ln = nn.LayerNorm(14, eps=1e-6)
        self.fc2 = nn.Linear(14, CLASSES)

    def forward(self, x):
        x = F.silu(self.norm(self.stem(x)))
        y = torch.tanh(self.bn(self.grouped(F.gelu(self.pointwise(self.depthwise(x)), approximate="tanh"))))
        z = torch.cat([y, self.side(x)], 1)
        z = torch.cat([F.adaptive_avg_pool2d(z, 2).flatten(1), F.adaptive_max_pool2d(z, 1).flatten(1)], 1)
        return F.log_softmax(self.fc2(self.ln(F.gelu(self.bn1d(self.fc1(z))))), 1)


def main():
    os.makedirs(FOLDER, exist_ok=True)
    torch.manual_seed(20)
    keep("mlp", nn.Sequential(nn.Flatten(), nn.Linear(64, 20), nn.ReLU(), nn.Linear(20, 12), nn.ReLU(), nn.Linear(12, CLASSES)), (64,), ".pt")
    keep("lenet", LeNet(), (1, 28, 28), ".pt")
    keep("lenet-padded", padded_lenet(), (1, 28, 28), ".pt")
    keep("vgg11-cifar", vgg("A", 32, False, "cifar"), (3, 32, 32), ".pt")
    keep("vgg11-bn-cifar", vgg("A", 32, True, "cifar"), (3, 32, 32), ".safetensors")
    keep("vgg13-bn-three-linear", vgg("B", 32, True, "cifar3"), (3, 32, 32), ".safetensors")
    keep("vgg16-imagenet", vgg("D", 64, False, "imagenet"), (3, 224, 224), ".pt", batch=2)
    keep("vgg19-bn-imagenet", vgg("E", 64, True, "imagenet"), (3, 224, 224), ".safetensors", batch=2)
    for name, make, factor in [("resnet18", tv.resnet18, 32), ("resnet34", tv.resnet34, 64), ("resnet50", tv.resnet50, 64)]:
        model = narrow(make(), factor)
        model.fc = nn.Linear(model.fc.in_features // factor, CLASSES)
        keep(name + "-torchvision", model, (3, 224, 224), ".safetensors", batch=2)
    deep = dict(num_classes=CLASSES, stem_width=4, stem_type="deep", avg_down=True)
    keep("resnet18d-timm", TimmResNet(TimmBlock, [2, 2, 2, 2], channels=(4, 4, 5, 6), **deep), (3, 224, 224), ".safetensors", batch=2)
    keep("resnet26d-timm", TimmResNet(TimmBottleneck, [2, 2, 2, 2], channels=(2, 2, 3, 3), **deep), (3, 224, 224), ".safetensors", batch=2)
    keep("resnet20-cifar", CIFARResNet([4, 6, 8], 3), (3, 32, 32), ".safetensors")
    keep("resnet20-padded-shortcut", CIFARResNet([4, 8, 12], 3, padded=True), (3, 32, 32), ".safetensors")
    keep("resnet18-cifar", CIFARResNet([3, 4, 6, 8], 2), (3, 32, 32), ".safetensors")
    keep("resnet18-cifar-nobias-nobn", CIFARResNet([4, 6, 8, 10], 2, norm=False), (3, 32, 32), ".pt")
    keep("resnet8-cifar-bias-nobn", CIFARResNet([4, 6, 8], 1, norm=False, bias=True), (3, 32, 32), ".pt")
    keep("vit-torchvision", TorchvisionViT(16, 4, 2, 2, 16, 24, num_classes=CLASSES), (3, 16, 16), ".pt")
    keep("vit-timm", TimmViT(img_size=16, patch_size=4, num_classes=CLASSES, embed_dim=16, depth=2, num_heads=2, mlp_ratio=2), (3, 16, 16), ".pt")
    keep("vit-timm-average", TimmViT(img_size=16, patch_size=4, num_classes=CLASSES, embed_dim=16, depth=2, num_heads=2, mlp_ratio=2,
                                     global_pool="avg", class_token=False), (3, 16, 16), ".pt")
    keep("vit-cifar", ViTCIFAR(4, 4, 16, 24, 2, 2), (3, 16, 16), ".safetensors")
    keep("mixed", Mixed(), (3, 16, 16), ".pt")
    save_file(expected, os.path.join(FOLDER, "logits.safetensors"))


main()
