"""Trains pairs of networks that no name or shape reveals, on disjoint and skewed data, and exports them: what `docs/experiments/any-network.md` measures.

    python graph_pairs.py OUTPUT [--cifar FOLDER] [--mnist FOLDER] [--manuals FOLDER] [--epochs N] [NAME …]

OUTPUT gets, for each NAME (text, mobilenet, groupnorm, unet): NAME-a.pt2 and NAME-b.pt2 (torch.export, batch of 2), NAME-a.pt and NAME-b.pt (state dicts),
NAME-train.npz (2 000 samples of both parents' data) and NAME-test.npz. Text are pages of the manual by bytes, to be told apart by their section; images are CIFAR-10 and MNIST.
Parent A sees 90 % of the even classes and 10 % of the odd ones, parent B the rest. Needs torch and numpy; about a minute for each network on one core.
"""
import argparse, glob, gzip, os, re
import numpy as np, torch, torch.nn as nn, torch.nn.functional as F


class Block(nn.Module):
    """A BERT layer: attention and a feed-forward network, each followed by a layer norm."""

    def __init__(self, width, heads, hidden):
        super().__init__()
        self.heads = heads
        self.query, self.key, self.value, self.output = (nn.Linear(width, width) for _ in range(4))
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.intermediate, self.dense = nn.Linear(width, hidden), nn.Linear(hidden, width)
        self.dropout = nn.Dropout(0.1)

    def forward(self, x):
        n, t, d = x.shape
        q, k, v = (f(x).view(n, t, self.heads, d // self.heads).transpose(1, 2) for f in (self.query, self.key, self.value))
        attended = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(n, t, d)
        x = self.norm1(x + self.dropout(self.output(attended)))
        return self.norm2(x + self.dropout(self.dense(F.gelu(self.intermediate(x)))))


class Text(nn.Module):
    def __init__(self, classes=5, length=96, width=64):
        super().__init__()
        self.words, self.positions = nn.Embedding(256, width), nn.Parameter(torch.randn(1, length, width) * 0.05)
        self.norm, self.layers = nn.LayerNorm(width), nn.ModuleList(Block(width, 4, 128) for _ in range(2))
        self.classifier = nn.Linear(width, classes)

    def forward(self, input_ids):
        x = self.norm(self.words(input_ids) + self.positions)
        for layer in self.layers: x = layer(x)
        return self.classifier(x.mean(1))


class Inverted(nn.Module):
    """An inverted residual block of MobileNetV2."""

    def __init__(self, i, o, stride, expand=3):
        super().__init__()
        h = i * expand
        self.skip = stride == 1 and i == o
        self.conv = nn.Sequential(nn.Conv2d(i, h, 1, bias=False), nn.BatchNorm2d(h), nn.ReLU6(inplace=True), nn.Conv2d(h, h, 3, stride, 1, groups=h, bias=False),
                                  nn.BatchNorm2d(h), nn.ReLU6(inplace=True), nn.Conv2d(h, o, 1, bias=False), nn.BatchNorm2d(o))

    def forward(self, x): return x + self.conv(x) if self.skip else self.conv(x)


class MobileNet(nn.Module):
    def __init__(self, classes=10):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 24, 3, 2, 1, bias=False), nn.BatchNorm2d(24), nn.ReLU6(inplace=True))
        self.blocks = nn.Sequential(Inverted(24, 24, 1), Inverted(24, 40, 2), Inverted(40, 40, 1), Inverted(40, 64, 2), Inverted(64, 64, 1))
        self.head = nn.Sequential(nn.Conv2d(64, 160, 1, bias=False), nn.BatchNorm2d(160), nn.ReLU6(inplace=True))
        self.classifier = nn.Sequential(nn.Dropout(0.1), nn.Linear(160, classes))

    def forward(self, x): return self.classifier(self.head(self.blocks(self.stem(x))).mean((2, 3)))


class Residual(nn.Module):
    def __init__(self, i, o, stride):
        super().__init__()
        self.conv1, self.norm1 = nn.Conv2d(i, o, 3, stride, 1, bias=False), nn.GroupNorm(8, o)
        self.conv2, self.norm2 = nn.Conv2d(o, o, 3, 1, 1, bias=False), nn.GroupNorm(8, o)
        self.down = nn.Sequential(nn.Conv2d(i, o, 1, stride, bias=False), nn.GroupNorm(8, o)) if stride != 1 or i != o else None

    def forward(self, x):
        y = self.norm2(self.conv2(F.relu(self.norm1(self.conv1(x)))))
        return F.relu(y + (x if self.down is None else self.down(x)))


class GroupNormResNet(nn.Module):
    def __init__(self, classes=10):
        super().__init__()
        self.conv, self.norm = nn.Conv2d(3, 16, 3, 2, 1, bias=False), nn.GroupNorm(8, 16)
        self.blocks = nn.Sequential(Residual(16, 16, 1), Residual(16, 32, 2), Residual(32, 64, 2))
        self.fc = nn.Linear(64, classes)

    def forward(self, x): return self.fc(self.blocks(F.relu(self.norm(self.conv(x)))).mean((2, 3)))


def double(i, o):
    return nn.Sequential(nn.Conv2d(i, o, 3, padding=1, bias=False), nn.BatchNorm2d(o), nn.ReLU(inplace=True), nn.Conv2d(o, o, 3, padding=1, bias=False), nn.BatchNorm2d(o),
                         nn.ReLU(inplace=True))


class UNet(nn.Module):
    def __init__(self, classes=2):
        super().__init__()
        self.inc, self.down1, self.down2 = double(1, 12), double(12, 24), double(24, 48)
        self.up1, self.conv1, self.up2, self.conv2 = nn.ConvTranspose2d(48, 24, 2, 2), double(48, 24), nn.ConvTranspose2d(24, 12, 2, 2), double(24, 12)
        self.out = nn.Conv2d(12, classes, 1)

    def forward(self, x):
        a = self.inc(x)
        b = self.down1(F.max_pool2d(a, 2))
        c = self.down2(F.max_pool2d(b, 2))
        b = self.conv1(torch.cat([b, self.up1(c)], 1))
        return self.out(self.conv2(torch.cat([a, self.up2(b)], 1)))


def cifar(folder):
    def read(names):
        rows = np.concatenate([np.fromfile(os.path.join(folder, n), np.uint8).reshape(-1, 3073) for n in names])
        return rows[:, 1:].reshape(-1, 3, 32, 32).astype(np.float32) / 127.5 - 1, rows[:, 0].astype(np.int64)
    return read(sorted(n for n in os.listdir(folder) if n.startswith('data_batch'))), read(['test_batch.bin'])


def mnist(folder):
    def read(part):
        with gzip.open(os.path.join(folder, part + '-images-idx3-ubyte.gz')) as f: images = np.frombuffer(f.read(), np.uint8, offset=16).reshape(-1, 1, 28, 28)
        with gzip.open(os.path.join(folder, part + '-labels-idx1-ubyte.gz')) as f: labels = np.frombuffer(f.read(), np.uint8, offset=8)
        return images, labels.astype(np.int64)
    return read('train'), read('t10k')


def masks(images, seed):
    """Noisy digits, and which of their pixels belong to the digit."""
    noise = np.random.default_rng(seed)
    x = images.astype(np.float32) / 255
    return (x * noise.uniform(0.3, 1, (len(x), 1, 1, 1)) + noise.normal(0, 0.35, x.shape)).astype(np.float32), (images[:, 0] > 100).astype(np.int64)


def manuals(folder, length=96):
    """Windows of pages of the manual, by bytes; the class is the page's section. A page's windows are all in one part."""
    x, y, test = [], [], []
    for label, section in enumerate('13578'):
        pages = sorted(glob.glob(f'{folder}/man{section}/*.gz'))
        np.random.default_rng(7).shuffle(pages)
        taken = 0
        for number, page in enumerate(pages):
            text = re.sub(rb'\s+', b' ', b'\n'.join(line for line in gzip.open(page).read().split(b'\n') if not line.startswith((b'.\\"', b"'\\\"", b'.TH', b'.Dt', b'.Dd'))))
            for start in range(0, min(len(text) - length, 20 * length), length):
                x.append(np.frombuffer(text[start:start + length], np.uint8)); y.append(label); test.append(number % 5 == 0)
                taken += 1
            if taken > 4000: break
    x, y, test = np.stack(x).astype(np.int64), np.array(y), np.array(test)
    return (x[~test], y[~test]), (x[test], y[test])


def skewed(labels, seed=0):
    """Indices of parent A's and B's data: A has 90 % of the even classes and 10 % of the odd ones."""
    draw = np.random.default_rng(seed).random(len(labels))
    isFirst = draw < np.where(labels % 2 == 0, 0.9, 0.1)
    return np.flatnonzero(isFirst), np.flatnonzero(~isFirst)


def train(network, x, y, epochs, seed, rate=2e-3):
    torch.manual_seed(seed)
    order, batch = torch.Generator().manual_seed(seed), 64
    optimizer = torch.optim.AdamW(network.parameters(), rate, weight_decay=0.01)
    steps = epochs * (len(x) // batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, total_steps=steps)
    network.train()
    for _ in range(epochs):
        places = torch.randperm(len(x), generator=order)
        for start in range(0, len(x) - batch + 1, batch):
            part = places[start:start + batch]
            optimizer.zero_grad(); F.cross_entropy(network(x[part]), y[part]).backward(); optimizer.step(); schedule.step()
    return network.eval()


def accuracy(network, x, y):
    with torch.no_grad(): return torch.cat([network(part).argmax(1) for part in x.split(250)]).eq(y).float().mean().item()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('output'); parser.add_argument('names', nargs='*', default=[])
    parser.add_argument('--cifar', default='data/cifar-10-batches-bin'); parser.add_argument('--mnist', default='data/mnist')
    parser.add_argument('--manuals', default='/usr/share/man'); parser.add_argument('--epochs', type=int, default=8); parser.add_argument('--samples', type=int, default=6000)
    given = parser.parse_args()
    os.makedirs(given.output, exist_ok=True)
    torch.set_num_threads(1)
    for name in given.names or ['text', 'mobilenet', 'groupnorm', 'unet']:
        if name == 'text': (x, y), (tx, ty) = manuals(given.manuals); make, key = Text, 'input_ids'; classes = y
        elif name == 'unet':
            (x, classes), (tx, ty) = mnist(given.mnist); make, key = UNet, 'images'
            x, classes = x[:given.samples], classes[:given.samples]; (x, y), (tx, ty) = masks(x, 1), masks(tx, 2)
        else: (x, y), (tx, ty) = cifar(given.cifar); make, key = (MobileNet if name == 'mobilenet' else GroupNormResNet), 'images'; classes = y
        keep = np.random.default_rng(3).permutation(len(x))[:2 * given.samples]; x, y, classes = x[keep], y[keep], classes[keep]
        tkeep = np.random.default_rng(4).permutation(len(tx))[:2000]; tx, ty = tx[tkeep], ty[tkeep]
        for seed, (letter, part) in enumerate(zip('ab', skewed(classes))):
            torch.manual_seed(seed)
            network = train(make(), torch.tensor(x[part]), torch.tensor(y[part]), given.epochs, seed)
            print(f'{name}-{letter}: {accuracy(network, torch.tensor(tx), torch.tensor(ty)):.4f} on the test data', flush=True)
            torch.save(network.state_dict(), f'{given.output}/{name}-{letter}.pt')
            torch.export.save(torch.export.export(network, (torch.tensor(x[:2]),)), f'{given.output}/{name}-{letter}.pt2')
        np.savez(f'{given.output}/{name}-train.npz', **{key: x[:2000], 'labels': y[:2000]})
        np.savez(f'{given.output}/{name}-test.npz', **{key: tx, 'labels': ty})


main()
