"""Whole modules with many options, saved with what PyTorch makes of random inputs: samples and labels as .npz, accuracy and loss."""

from support import *
from collections import OrderedDict


def write(name, model, shape, classes=7, count=64, seed=0):
    """name.pt and name.npz; gives accuracy and loss on what is in name.npz. Labels are half the model's own answers, so that the accuracy tells."""
    torch.manual_seed(seed)
    for parameter in model.parameters():
        nn.init.normal_(parameter, std=0.3)
    for module in model.modules():
        if isinstance(module, nn.modules.batchnorm._BatchNorm) and module.running_mean is not None:
            module.running_mean.normal_()
            module.running_var.uniform_(0.5, 2)
    model.eval()
    x = torch.randn(count, *shape)
    with torch.no_grad():
        logits = model(x)
    labels = torch.randint(0, classes, (count,))
    labels[::2] = logits.argmax(1)[::2]
    torch.save(model, name + ".pt")
    torch.save(model.state_dict(), name + ".state.pt")
    np.savez(name + ".npz", images=x.numpy(), labels=labels.numpy())
    return [100 * (logits.argmax(1) == labels).double().mean().item(), F.cross_entropy(logits, labels).item()]


def exact():
    """Sequentials that are computed exactly."""
    S, conv, linear = nn.Sequential, nn.Conv2d, nn.Linear
    head = lambda width: [nn.Flatten(), linear(width, 7)]
    activations = [
        nn.LeakyReLU(0.3), nn.ELU(0.7), nn.CELU(1.3), nn.SELU(), nn.ReLU6(), nn.Hardswish(), nn.Hardsigmoid(), nn.Softplus(2, 1.5), nn.Mish(), nn.GELU(), nn.GELU("tanh"), nn.SiLU(), nn.Tanh(),
        nn.Sigmoid(), nn.Hardtanh(-0.5, 0.8), nn.LogSigmoid(), nn.PReLU(), nn.PReLU(12), nn.Identity(),
    ]
    found = {f"activation{i}": (S(nn.Flatten(), linear(30, 12), a, linear(12, 7)), (1, 5, 6)) for i, a in enumerate(activations)}
    found |= {
        "rows": (S(linear(30, 12, bias=False), nn.BatchNorm1d(12, eps=0.1), nn.ReLU(), nn.Dropout(0.3), linear(12, 7)), (30,)),
        "layer-norm": (S(linear(30, 12), nn.LayerNorm(12, eps=0.01), nn.ReLU(), linear(12, 7), nn.LogSoftmax(dim=-1)), (30,)),
        "nested": (S(OrderedDict(body=S(S(conv(1, 4, 3, padding=1), nn.ReLU()), nn.MaxPool2d(2)), head=S(*head(64)))), (1, 8, 8)),
        "norm-after": (S(conv(1, 6, 3, padding="same"), nn.ReLU(), nn.BatchNorm2d(6, affine=False), nn.MaxPool2d(2), *head(96)), (1, 8, 8)),
        "strided": (S(conv(3, 6, 5, stride=(2, 1), padding=(2, 1), dilation=(1, 2)), nn.LeakyReLU(), conv(6, 8, 3, stride=2, groups=2), nn.ReLU(), nn.AdaptiveAvgPool2d((None, 2)), *head(48)), (3, 16, 16)),
        "ceil": (S(conv(1, 5, 2), nn.ReLU(), nn.MaxPool2d(3, 2, padding=1, ceil_mode=True), nn.MaxPool2d(2, 1, dilation=2), *head(20)), (1, 8, 8)),
        "average": (S(conv(1, 5, 3), nn.ReLU(), nn.AvgPool2d(3, 2, padding=1, ceil_mode=True, count_include_pad=False), *head(80)), (1, 9, 9)),
        "average-pad": (S(conv(1, 5, 3), nn.ReLU(), nn.AvgPool2d(3, 2, padding=1, ceil_mode=True), *head(80)), (1, 9, 9)),
        "reflect": (S(conv(1, 5, 3, padding=1, padding_mode="reflect"), nn.PReLU(5), nn.ReplicationPad2d((1, 0, 2, 1)), conv(5, 4, 3, padding=(2, 1), padding_mode="circular"), nn.ReLU(), nn.AdaptiveMaxPool2d(2), *head(16)), (1, 8, 8)),
        "same": (S(conv(1, 5, 4, padding="same"), nn.ReLU(), conv(5, 4, (2, 3), padding="same", dilation=(3, 1), padding_mode="replicate"), nn.ReLU(), *head(256)), (1, 8, 8)),
        "groups": (S(conv(1, 8, 3, padding=1), nn.GroupNorm(4, 8, eps=0.1), nn.ReLU(), conv(8, 8, 3, groups=8), nn.InstanceNorm2d(8, affine=True, eps=0.01), nn.Mish(), nn.AdaptiveAvgPool2d(2), nn.Dropout2d(0.2), *head(32)), (1, 8, 8)),
        "instance": (S(conv(1, 6, 3), nn.InstanceNorm2d(6), nn.ReLU(), nn.LayerNorm([6, 6, 6]), nn.MaxPool2d(2), *head(54)), (1, 8, 8)),
        "shared": (S(linear(30, 12), nn.Tanh(), linear(12, 12), nn.Tanh(), linear(12, 7), nn.Softmax(dim=1)), (30,)),
        "global": (S(conv(3, 6, 3, padding=1), nn.SiLU(), conv(6, 8, 3, stride=2), nn.SiLU(), nn.AdaptiveAvgPool2d(1), *head(8)), (3, 13, 11)),
    }
    return found


class Swish(nn.Module):
    def forward(self, x):
        return x * torch.sigmoid(x)


class OwnSequential(nn.Sequential):
    def forward(self, x):
        return -super().forward(x)


def hook(module, inputs, output):
    return output * 2


def refused():
    """Modules that are refused, with what the error has to name."""
    S, conv, linear = nn.Sequential, nn.Conv2d, nn.Linear
    head = [nn.Flatten(), linear(64, 7)]
    hooked = S(nn.Flatten(), linear(64, 12), nn.ReLU(), linear(12, 7))
    hooked[1].register_forward_hook(hook)
    return {
        "transposed": (S(conv(1, 4, 3, padding=1), nn.ConvTranspose2d(4, 1, 3, padding=1), *head), (1, 8, 8), ["“1”", "ConvTranspose2d"]),
        "own-class": (S(nn.Flatten(), linear(64, 12), Swish(), linear(12, 7)), (1, 8, 8), ["“2”", "Swish"]),
        "own-sequential": (S(nn.Flatten(), OwnSequential(linear(64, 12), nn.ReLU()), linear(12, 7)), (1, 8, 8), ["“1”", "OwnSequential"]),
        "hooked": (hooked, (1, 8, 8), ["“1”", "hook"]),
        "no-statistics": (S(conv(1, 1, 3, padding=1), nn.BatchNorm2d(1, track_running_stats=False), nn.ReLU(), *head), (1, 8, 8), ["“1”", "track_running_stats"]),
        "upsampled": (S(nn.Upsample(scale_factor=2), conv(1, 1, 2, stride=2), *head), (1, 8, 8), ["“0”", "Upsample"]),
        "unflattened": (S(nn.Flatten(), nn.Unflatten(1, (1, 8, 8)), *head), (1, 8, 8), ["“1”", "Unflatten"]),
        "power-pool": (S(conv(1, 4, 3, padding=1), nn.LPPool2d(2, 2), *head), (1, 8, 8), ["“1”", "LPPool2d"]),
        "divisor": (S(conv(1, 4, 3, padding=1), nn.AvgPool2d(2, divisor_override=3), *head), (1, 8, 8), ["“1”", "divisor_override"]),
        "constant": (S(nn.ConstantPad2d(1, 0.5), conv(1, 1, 3), nn.ReLU(), *head), (1, 8, 8), ["“0”", "value"]),
        "random": (S(nn.Flatten(), linear(64, 12), nn.RReLU(), linear(12, 7)), (1, 8, 8), ["“2”", "RReLU"]),
    }


class Body(nn.Module):
    """Sequentials that forward calls in order, with a flatten between: only the order is assumed."""

    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(1, 6, 3, stride=2, padding=1), nn.BatchNorm2d(6), nn.LeakyReLU(0.2), nn.Conv2d(6, 8, 3), nn.ELU(), nn.AdaptiveAvgPool2d(2))
        self.classifier = nn.Sequential(nn.Dropout(0.5), nn.Linear(32, 12), nn.Hardswish(), nn.Linear(12, 7))

    def forward(self, x):
        return self.classifier(torch.flatten(self.features(x), 1))


class LeNet(nn.Module):
    """The pool and the nonlinearity are one module each, called several times."""

    def __init__(self, activation, pool, **options):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(1, 4, 5, **options), nn.Conv2d(4, 6, 5)
        self.activation, self.pool = activation, pool
        self.fc1, self.fc2 = nn.Linear(96, 12), nn.Linear(12, 7)

    def forward(self, x):
        x = self.pool(self.activation(self.conv1(x)))
        x = self.pool(self.activation(self.conv2(x)))
        return self.fc2(self.activation(self.fc1(x.flatten(1))))


class Block(nn.Module):
    def __init__(self, reads, gives, stride, activation):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(reads, gives, 3, stride, 1, bias=False), nn.BatchNorm2d(gives, eps=0.01)
        self.conv2, self.bn2 = nn.Conv2d(gives, gives, 3, 1, 1, bias=False), nn.BatchNorm2d(gives, eps=0.01)
        self.activation = activation
        self.shortcut = nn.Sequential(nn.Conv2d(reads, gives, 1, stride, bias=False), nn.BatchNorm2d(gives, eps=0.01)) if reads != gives else nn.Sequential()

    def forward(self, x):
        y = self.bn2(self.conv2(self.activation(self.bn1(self.conv1(x)))))
        return self.activation(y + self.shortcut(x))


class ResNet(nn.Module):
    """Strides that are not the usual ones, and another nonlinearity."""

    def __init__(self, activation):
        super().__init__()
        self.conv1, self.bn1, self.activation = nn.Conv2d(1, 6, 3, 2, 1, bias=False), nn.BatchNorm2d(6), activation
        self.layer1 = nn.Sequential(Block(6, 6, 1, activation))
        self.layer2 = nn.Sequential(Block(6, 8, 1, activation))
        self.linear = nn.Linear(8, 7)

    def forward(self, x):
        x = self.layer2(self.layer1(self.activation(self.bn1(self.conv1(x)))))
        return self.linear(F.adaptive_avg_pool2d(x, 1).flatten(1))


def own():
    """Classes with a forward of their own that are computed right."""
    return {
        "body": (Body(), (1, 11, 11)),
        "lenet": (LeNet(nn.LeakyReLU(0.3), nn.MaxPool2d(2)), (1, 28, 28)),
        "lenet-average": (LeNet(nn.Tanh(), nn.AvgPool2d(2)), (1, 28, 28)),
        "resnet": (ResNet(nn.SiLU()), (1, 14, 14)),
    }


class TwoKinds(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1, self.first, self.fc2, self.second, self.fc3 = nn.Linear(64, 12), nn.Tanh(), nn.Linear(12, 12), nn.ReLU(), nn.Linear(12, 7)
        self.norms = nn.ModuleList([nn.Identity()])

    def forward(self, x):
        return self.fc3(self.second(self.fc2(self.first(self.fc1(x.flatten(1))))))


def disagreeing():
    """Classes whose modules no family can place."""
    own = LeNet(Swish(), nn.MaxPool2d(2))
    return {
        "two-kinds": (TwoKinds(), (1, 8, 8), ["“second”", "ReLU", "“first”"]),
        "unknown-leaf": (own, (1, 28, 28), ["“activation”", "Swish"]),
        "replaced": (replaced(), (1, 8, 8), ["forward"]),
    }


def replaced():
    model = nn.Sequential(nn.Flatten(), nn.Linear(64, 12), nn.ReLU(), nn.Linear(12, 7))
    model.forward = F.relu
    return model
