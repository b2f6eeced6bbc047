"""Writes the files in this folder with NumPy, SciPy and Pillow themselves, and expected.json with what they hold.

    python3 make.py        (NumPy 2, SciPy 1.17, Pillow 13; the folder holds what that gave)
"""
import json
import os
import pickle

import numpy
from PIL import Image
from scipy.io import savemat

os.chdir(os.path.dirname(os.path.abspath(__file__)))
expected = {}

# CIFAR in pickles of every protocol that Python 3 still writes it in; pixel i is 7 i mod 251.
pixels = (numpy.arange(2 * 3072) * 7 % 251).astype(numpy.uint8).reshape(2, 3072)
for protocol in (2, 4, 5):
    with open(f"cifar10_protocol{protocol}.pickle", "wb") as file:
        pickle.dump({"batch_label": "testing", "labels": [6, 9], "data": pixels, "filenames": ["a.png", "b.png"]}, file, protocol=protocol)
with open("cifar100.pickle", "wb") as file:
    pickle.dump({b"fine_labels": [19, 99], b"coarse_labels": [1, 2], b"data": pixels}, file, protocol=4)

# SVHN: height, width, channels, count; labels 1 … 10, of which 10 is a zero. Pixel i in the order of rows, columns, channels, images.
images = (numpy.arange(3 * 3072) % 253).astype(numpy.uint8).reshape(3, 3, 32, 32)  # image, channel, row, column
savemat("svhn.mat", {"X": images.transpose(2, 3, 1, 0), "y": numpy.array([[1], [10], [4]], numpy.uint8)}, do_compression=True)
savemat("svhn_double.mat", {"X": images.transpose(2, 3, 1, 0), "y": numpy.array([[1.0], [10.0], [4.0]])})
savemat("svhn_broken.mat", {"X": images.transpose(2, 3, 1, 0)[:, :, :, :2], "y": numpy.array([[1.5], [2.0]])})

# Images of 6×4 in every form that the two formats have and that differs to a reader.
colour = (numpy.arange(4 * 6 * 3) * 3 % 256).astype(numpy.uint8).reshape(4, 6, 3)
grey = (numpy.arange(24) * 10).astype(numpy.uint8).reshape(4, 6)
smooth = Image.fromarray(colour).resize((6, 4))
alpha = numpy.concatenate([colour, (numpy.arange(24) * 9 % 256).astype(numpy.uint8).reshape(4, 6, 1)], 2)
files = {
    "grey.png": (Image.fromarray(grey), {}),
    "one_bit.png": (Image.fromarray(grey > 100), {}),
    "colour.png": (Image.fromarray(colour), {}),
    "palette.png": (Image.fromarray(colour).quantize(16), {}),
    "alpha.png": (Image.fromarray(alpha), {}),
    "gamma.png": (Image.fromarray(colour), {"pnginfo": None}),
    "grey.jpg": (Image.fromarray(grey), {"quality": 95}),
    "colour.jpg": (smooth, {"quality": 95, "subsampling": 0}),
    "progressive.jpg": (smooth, {"quality": 95, "subsampling": 0, "progressive": True}),
    "cmyk.jpg": (smooth.convert("CMYK"), {}),
    "other_size.png": (Image.fromarray(grey[:3]), {}),
}
for name, (image, options) in files.items():
    image.save(name, **options)
    with Image.open(name) as read:
        mode = "L" if read.mode in ("L", "1") else "RGB"
        values = numpy.asarray(read.convert(mode))
    planes = values[None] if mode == "L" else values.transpose(2, 0, 1)
    expected[name] = {"shape": list(planes.shape), "pixels": planes.reshape(-1).tolist()}

# A gamma chunk, which must not change a pixel: Pillow does not write it, so it is put behind the header.
import struct
import zlib

data = open("gamma.png", "rb").read()
chunk = b"gAMA" + struct.pack(">I", 100000)
open("gamma.png", "wb").write(data[:33] + struct.pack(">I", 4) + chunk + struct.pack(">I", zlib.crc32(chunk)) + data[33:])
# Interlaced (Adam7), row by row as the standard's passes go: Pillow reads it but does not write it.
passes = [(0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1)]
raw = b""
for top, left, down, right in passes:
    part = grey[top::down, left::right]
    if part.size:
        raw += b"".join(b"\0" + row.tobytes() for row in part)


def png_chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


with open("interlaced.png", "wb") as file:
    file.write(b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", struct.pack(">IIBBBBB", 6, 4, 8, 0, 0, 0, 1)) + png_chunk(b"IDAT", zlib.compress(raw)) + png_chunk(b"IEND", b""))
with Image.open("interlaced.png") as read:
    assert (numpy.asarray(read) == grey).all()
expected["interlaced.png"] = expected["grey.png"]
json.dump(expected, open("expected.json", "w"), separators=(",", ":"))
