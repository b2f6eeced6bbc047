"""What the scripts of the tests share: PyTorch, the built-in digits, a short training, accuracy."""

import json
import os

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

torch.set_num_threads(1)


def digits():
    """(training images, labels, test images, labels) as Amalgam's `digits` gives them: [n, 1, 8, 8], normalised."""
    raw = np.fromfile(os.environ["AMALGAM_ROOT"] + "/Sources/CDigits/digits.bin", dtype=np.uint8)
    images = torch.tensor(raw[: 1797 * 64].reshape(1797, 1, 8, 8).astype(np.float32))
    labels = torch.tensor(raw[1797 * 64 :].astype(np.int64))
    images = (images / 16 - 0.3059) / 0.3755
    return images[:1297], labels[:1297], images[1297:], labels[1297:]


def train(model, seed, epochs=6, classes=None, rate=0.01):
    """Trains on the digits (of some classes, where they are named)."""
    torch.manual_seed(seed)
    x, y, _, _ = digits()
    x = x.to(next(model.parameters()).dtype)
    if classes is not None:
        chosen = torch.isin(y, torch.tensor(classes))
        x, y = x[chosen], y[chosen]
    optimizer = torch.optim.Adam(model.parameters(), lr=rate)
    model.train()
    for _ in range(epochs):
        for batch in torch.randperm(len(x)).split(64):
            optimizer.zero_grad()
            F.cross_entropy(model(x[batch]), y[batch]).backward()
            optimizer.step()
    return model.eval()


def accuracy(model):
    """Percent of the test digits that the model tells."""
    _, _, x, y = digits()
    with torch.no_grad():
        logits = model.eval()(x.to(next(model.parameters()).dtype))
    return 100 * (logits.argmax(1) == y).double().mean().item()


class MLP(nn.Module):
    """The plain pair's shape."""

    def __init__(self, bias=True):
        super().__init__()
        self.fc1, self.fc2, self.fc3 = nn.Linear(64, 32, bias), nn.Linear(32, 24, bias), nn.Linear(24, 10, bias)

    def forward(self, x):
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x.flatten(1))))))
