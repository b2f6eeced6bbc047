"""Exports the small networks of the tests: NAME.pt2 (torch.export.save) and NAME.safetensors (x, or the inputs by their names, and y, what PyTorch computes of it).

    python3 Tests/Fixtures/exported/make.py [FOLDER]

torch 2.13; mlp-torch-2.9.pt2 and mlp-torch-2.15.pt2 are "mlp" by those versions. The weights are random, from fixed seeds.
"""
import pathlib
import sys
import zipfile

import torch
from safetensors.torch import save_file
from torch import nn
from torch.nn import functional as F


class Residual(nn.Module):
    """Convolutions and batch norms around a skip; relu and the sum write in place."""

    def __init__(self):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(2, 4, 3, padding=1, bias=False), nn.BatchNorm2d(4)
        self.conv2, self.bn2 = nn.Conv2d(4, 4, 3, padding=1, bias=False), nn.BatchNorm2d(4)
        self.fc = nn.Linear(4, 3)

    def forward(self, x):
        x = F.relu_(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(x))
        y += x
        return self.fc(torch.flatten(F.adaptive_avg_pool2d(F.relu_(y), 1), 1))


class Encoder(nn.Module):
    """A transformer encoder of token ids: a class token, positions from a buffer that is not saved, a mask made in place."""

    def __init__(self):
        super().__init__()
        self.tokens, self.cls = nn.Embedding(11, 8), nn.Parameter(torch.randn(1, 1, 8))
        self.register_buffer("places", torch.arange(6).unsqueeze(0), persistent=False)
        self.positions = nn.Embedding(6, 8)
        self.norm, self.qkv, self.out = nn.LayerNorm(8), nn.Linear(8, 24), nn.Linear(8, 8)
        self.head = nn.Linear(8, 3)

    def forward(self, ids):
        batch = ids.shape[0]
        x = torch.cat([self.cls.expand(batch, -1, -1), self.tokens(ids)], 1) + self.positions(self.places.expand(batch, -1))
        q, k, v = self.qkv(self.norm(x)).view(batch, 6, 3, 2, 4).permute(2, 0, 3, 1, 4).unbind(0)
        mask = torch.zeros(batch, 1, 6, 6)
        mask[:, :, :3, 3:] = -1.0
        x = x + self.out(F.scaled_dot_product_attention(q, k, v, attn_mask=mask).transpose(1, 2).reshape(batch, 6, 8))
        return self.head(x[:, 0])


class Recurrent(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn, self.fc = nn.GRU(5, 6, batch_first=True), nn.Linear(6, 3)

    def forward(self, x):
        return self.fc(self.rnn(x)[0][:, -1])


class Heads(nn.Module):
    """Two results in a dictionary, neither of which is called logits."""

    def __init__(self):
        super().__init__()
        self.body, self.a, self.b = nn.Linear(6, 5), nn.Linear(5, 3), nn.Linear(5, 2)

    def forward(self, x):
        x = torch.tanh(self.body(x))
        return {"digit": self.a(x), "parity": self.b(x)}


class Tied(nn.Module):
    """An autoencoder whose decoder is its encoder transposed; one linear layer is used twice."""

    def __init__(self):
        super().__init__()
        self.encode, self.mix = nn.Linear(6, 4), nn.Linear(4, 4)

    def forward(self, x):
        h = torch.sigmoid(self.mix(torch.sigmoid(self.mix(self.encode(x)))))
        return F.linear(h, self.encode.weight.t())


class Windows(nn.Module):
    """Windows beside the batch, sequences before it, and each sample's own entry by a number that the input gives."""

    def __init__(self):
        super().__init__()
        self.inner, self.fc = nn.Linear(4, 4), nn.Linear(4, 3)

    def forward(self, x):
        b = x.shape[0]
        w = self.inner(x.view(b, 2, 3, 4).transpose(1, 2).reshape(b * 3, 2, 4))
        w = w + torch.arange(2.0).view(1, 2, 1)
        x = x + w.view(b, 3, 2, 4).transpose(1, 2).reshape(b, 6, 4)
        x = x.transpose(0, 1).reshape(6 * b, 4)
        x = self.fc(x).view(6, b, 3)
        return x.transpose(0, 1)[torch.arange(b), x.sum(-1).argmax(0)]


class Plain(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(6, 5), nn.ReLU(), nn.Dropout(0.5), nn.Linear(5, 3))

    def forward(self, x):
        return self.net(x)


class Inputs(nn.Module):
    """A picture, token ids with their mask, and one number for each sample; the table of the tokens has a second name."""

    def __init__(self):
        super().__init__()
        self.tokens, self.body, self.head = nn.Embedding(11, 4), nn.Linear(6, 5), nn.Linear(10, 3)
        self.lookup = self.tokens

    def forward(self, picture, ids, mask, kind):
        x = torch.relu(self.body(picture.flatten(1)))
        mask = mask.to(x.dtype).unsqueeze(-1)
        words = (self.tokens(ids) * mask).sum(1) / mask.sum(1)
        return self.head(torch.cat([x, words, kind.to(x.dtype).unsqueeze(1)], 1))


def several(n):
    mask = (torch.arange(5) <= torch.tensor([4, 1, 2])[:n, None]).long()
    return {"picture": torch.randn(n, 1, 2, 3), "ids": torch.randint(0, 11, (n, 5)), "mask": mask, "kind": torch.arange(n)}


def reals(*shape):
    return lambda n: torch.randn(n, *shape)


def networks():
    ids = lambda n: torch.randint(0, 11, (n, 5))
    yield "mlp", Plain, reals(6), 2, None
    yield "residual", Residual, reals(2, 6, 6), 2, None
    yield "encoder", Encoder, ids, 2, None
    yield "encoder-one", Encoder, ids, 1, None
    yield "gru", Recurrent, reals(4, 5), 2, None
    yield "heads", Heads, reals(6), 2, None
    yield "tied", Tied, reals(6), 2, None
    yield "windows", Windows, reals(6, 4), 2, None
    yield "inputs", Inputs, several, 2, None
    yield "dynamic", Encoder, ids, 2, ({0: torch.export.Dim("batch", min=1, max=64)},)


def shrunk(path):
    """Without stack traces, names of Python functions and the example, which opening does not need."""
    import json

    with zipfile.ZipFile(path) as old:
        members = [(i, old.read(i)) for i in old.infolist()]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as new:
        for info, data in members:
            if "/sample_inputs/" in info.filename:
                continue
            if info.filename.endswith("/models/model.json"):
                graph = json.loads(data)
                for node in graph["graph_module"]["graph"]["nodes"]:
                    for key in ("stack_trace", "torch_fn"):
                        node["metadata"].pop(key, None)
                data = json.dumps(graph, separators=(",", ":")).encode()
            new.writestr(info.filename, data)


def main(folder):
    for name, build, sample, batch, dynamic in networks():
        torch.manual_seed(7)
        model = build().eval()
        for module in model.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.running_mean.normal_()
                module.running_var.uniform_(0.5, 2)
        example = sample(batch)
        example = ((), example) if isinstance(example, dict) else ((example,), None)
        program = torch.export.export(model, *example, dynamic_shapes=dynamic, strict=False)
        torch.export.save(program, folder / f"{name}.pt2")
        shrunk(folder / f"{name}.pt2")
        x = sample(3)
        with torch.no_grad():
            y = model(**x) if isinstance(x, dict) else model(x)
        ys = {f"y.{key}": value for key, value in y.items()} if isinstance(y, dict) else {"y": y}
        save_file({**(x if isinstance(x, dict) else {"x": x}), **{key: value.contiguous() for key, value in ys.items()}}, folder / f"{name}.safetensors")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent))
