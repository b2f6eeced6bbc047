"""Writes the files in this folder with PyTorch and NumPy themselves, and expected.json with what they hold.

    python3 make.py        (PyTorch 2.13, NumPy 2; the folder holds what that gave)
"""
import argparse
import collections
import io
import json
import warnings
import zipfile

import numpy
import torch

warnings.filterwarnings("ignore")
torch.serialization.get_source_lines_and_file = None  # old files would keep the source of every module and where it lay
torch.manual_seed(7)
expected = {}


def note(file, tensors):
    expected[file] = [
        {"name": name, "type": str(tensor.dtype).removeprefix("torch."), "shape": list(tensor.shape), "values": tensor.double().reshape(-1).tolist()}
        for name, tensor in tensors.items()
    ]


class Block(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = torch.nn.Conv2d(1, 2, 3, stride=2, padding=1, bias=False)
        self.norm = torch.nn.BatchNorm2d(2)
        self.register_buffer("scratch", torch.ones(2), persistent=False)
        self.register_buffer("scale", torch.full((2,), 0.5))

    def forward(self, x):
        return self.norm(self.conv(x)) * self.scale[:, None, None]


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.train_indices = [5, 3, 60000, 7]
        self.block = Block()
        self.head = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Dropout(0.25), torch.nn.Linear(8, 3))
        self.nothing = None

    def forward(self, x):
        return self.head(self.block(x))


base = torch.arange(24, dtype=torch.float32)
state = collections.OrderedDict(
    f32=torch.randn(2, 3), f64=torch.randn(3, dtype=torch.float64), f16=torch.randn(4).half(), bf16=torch.randn(4).bfloat16(),
    i8=torch.tensor([-128, 127], dtype=torch.int8), i16=torch.tensor([-300, 300], dtype=torch.int16), i32=torch.tensor([-70000], dtype=torch.int32),
    i64=torch.tensor([1 << 40]), u8=torch.tensor([0, 255], dtype=torch.uint8), flags=torch.tensor([True, False]), scalar=torch.tensor(2.5),
    empty=torch.zeros(0, 3), view=base[4:10].reshape(2, 3), transposed=base.reshape(4, 6).t(), strided=base[::5], expanded=torch.tensor([1.0, 2.0]).expand(3, 2),
    channels_last=torch.randn(1, 2, 2, 2).contiguous(memory_format=torch.channels_last), parameter=torch.nn.Parameter(torch.randn(2)),
)
state["tied"] = state["parameter"]
state["u16"] = torch.tensor([1, 65535], dtype=torch.uint16)

for name, options in {
    "state.pt": {}, "state_protocol4.pt": {"pickle_protocol": 4}, "legacy.pt": {"_use_new_zipfile_serialization": False},
    "legacy_protocol4.pt": {"_use_new_zipfile_serialization": False, "pickle_protocol": 4},
}.items():
    kept = {key: value for key, value in state.items() if key != "u16" or "legacy" not in name}
    kept = collections.OrderedDict(kept)
    torch.save(kept, name, **options)
    note(name, kept)

net = Net()
torch.save(net, "module.pt")
note("module.pt", net.state_dict())
torch.save(net, "legacy_module.pt", _use_new_zipfile_serialization=False)
note("legacy_module.pt", net.state_dict())

# Without its source code, which a reader of tensors passes over and which names the folders it was read from.
buffer = io.BytesIO()
torch.jit.save(torch.jit.script(net.eval()), buffer)
scripted = zipfile.ZipFile(buffer)
with zipfile.ZipFile("script.pt", "w") as kept:
    for item in scripted.infolist():
        if "/code/" not in item.filename:
            kept.writestr(item.filename, scripted.read(item))

wrapped = {
    "epoch": 12, "accuracy": numpy.float64(97.25), "args": argparse.Namespace(lr=0.125, name="mlp"), "best": None,
    "optimizer": torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9).state_dict(),
    "model_state_dict": torch.nn.DataParallel(net).state_dict(),
}
torch.save(wrapped, "wrapped.pt")
note("wrapped.pt", net.state_dict())

torch.save({"weight": torch.eye(3).to_sparse()}, "sparse.pt")
torch.save({"weight": torch.quantize_per_tensor(torch.ones(3), 0.1, 0, torch.qint8)}, "quantized.pt")
torch.save({"weight": torch.ones(2, dtype=torch.complex64)}, "complex.pt")
torch.save({"epoch": 3}, "no_tensor.pt")

# The same state, deflated, and as a machine with the other byte order would write it.
plain = zipfile.ZipFile("state.pt")
with zipfile.ZipFile("deflated.pt", "w", zipfile.ZIP_DEFLATED) as deflated:
    for item in plain.infolist():
        deflated.writestr(item.filename, plain.read(item))
expected["deflated.pt"] = expected["state.pt"]

big = collections.OrderedDict(weight=torch.randn(2, 3), count=torch.tensor([3]))
buffer = io.BytesIO()
torch.save(big, buffer)
source = zipfile.ZipFile(buffer)
with zipfile.ZipFile("big_endian.pt", "w") as swapped:
    for item in source.infolist():
        content = source.read(item)
        if item.filename.endswith("byteorder"):
            content = b"big"
        elif "/data/" in item.filename:
            size = {"0": 4, "1": 8}[item.filename.rsplit("/", 1)[1]]
            content = numpy.frombuffer(content, dtype=f"u{size}").byteswap().tobytes()
        swapped.writestr(item.filename, content)
note("big_endian.pt", big)

arrays = {"images": numpy.arange(12, dtype=numpy.uint8).reshape(3, 2, 2), "labels": numpy.array([0, 1, 2]), "fortran": numpy.asfortranarray(numpy.arange(6.0).reshape(2, 3)),
          "big": numpy.array([1.5, -2.0], dtype=">f4"), "half": numpy.array([0.5], dtype=numpy.float16), "scalar": numpy.array(7, dtype=numpy.int32)}
numpy.savez("plain.npz", **arrays)
numpy.savez_compressed("compressed.npz", **arrays)
numpy.save("fortran.npy", arrays["fortran"])
numpy.save("objects.npy", numpy.array([{"a": 1}], dtype=object), allow_pickle=True)
for name in ["plain.npz", "compressed.npz"]:
    note(name, {key: torch.from_numpy(value.astype(value.dtype.newbyteorder("="), order="C")) for key, value in arrays.items()})
note("fortran.npy", {"array": torch.from_numpy(arrays["fortran"])})

with open("expected.json", "w") as file:
    json.dump(expected, file, separators=(",", ":"))
