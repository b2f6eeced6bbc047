#!/usr/bin/env python3
"""Reconstruction against everything that one can have without fusing, on sets of parents trained on different parts of MNIST and CIFAR-10.

    AMALGAM=amalgam DATA=data OUT=experiments docs/experiments/pairs.py [SET…]

Every set has SEEDS (3) draws of its own parts and parents. All candidates see the same 400 unlabelled images of the first parent's part; refinements are 300
steps of label-free distillation for the best start and for the best parent alike. What is returned is chosen by the divergence on held-out images of that
part; accuracies are of EVALUATE (4000) test images. Parents and results that are there are not made again. Tables are Markdown.
"""
import json
import os
import pathlib
import statistics
import subprocess
import sys

program, data = os.environ.get("AMALGAM", "amalgam"), pathlib.Path(os.environ.get("DATA", "data"))
out, seeds = pathlib.Path(os.environ.get("OUT", "experiments")), int(os.environ.get("SEEDS", "3"))
evaluated, updates = int(os.environ.get("EVALUATE", "4000")), int(os.environ.get("UPDATES", "300"))
# Network, data, parents, epochs, rate, augmentation.
sets = {
    "MLP, two": ("mlp:784-100-100-10", "mnist", 2, 5, "0.001", None),
    "MLP, four": ("mlp:784-100-100-10", "mnist", 4, 5, "0.001", None),
    "VGG, two": ("vgg:32-64-128-128", "cifar10", 2, 6, "0.002", "flip,crop=4"),
    "ResNet8, two": ("resnet8:width=16", "cifar10", 2, 6, "0.003", "flip,crop=4"),
    "ViT, two": ("vit:width=64,depth=4", "cifar10", 2, 10, "0.001", "flip,crop=4"),
}
roots = {"mnist": os.environ.get("MNIST", str(data / "mnist")), "cifar10": os.environ.get("CIFAR10", str(data / "cifar10"))}


def run(*arguments):
    done = subprocess.run([program, *map(str, arguments), "--no-record"], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(done.stderr)
    return done.stdout


def parents(name, seed):
    network, kind, count, epochs, rate, augmentation = sets[name]
    files, specs = [], []
    for part in range(1, count + 1):
        spec = f"{kind}:{roots[kind]}:train?partition=dirichlet&parts={count}&part={part}&seed={seed}"
        file = out / f"{network.translate(str.maketrans(':,=', '---'))}-{count}-{seed}-{part}.safetensors"
        if not file.exists():
            extra = ["--augmentation", augmentation] if augmentation else []
            run("train", network, "--data", spec, "--epochs", epochs, "--optimizer", "adam", "--learning-rate", rate, "--batch", 128,
                "--schedule", "cosine", "--seed", 10 * seed + part, "--output", file, *extra)
        files.append(file)
        specs.append(spec)
    return files, specs[0], f"{kind}:{roots[kind]}:test?samples={evaluated}"


def report(name, seed, label, *options):
    files, samples, test = parents(name, seed)
    kept = out / f"{files[0].stem}-{label}.json"
    if not kept.exists():
        kept.write_text(run("fuse", *files, "--method", "reconstruct", "--data", samples, "--evaluate", test, "--json", *options))
    return json.loads(kept.read_text())


def figures(name, seed):
    """Accuracies in percent of one draw."""
    plain, refined = report(name, seed, "plain"), report(name, seed, f"refined-{updates}", "--set", "refine=distillation", "--set", f"refine-updates={updates}")
    def best(document, *roles):
        own = [100 * row["evaluation"]["accuracy"] for row in document["rows"] if row["role"] in roles and "distilled" not in row["name"]]
        return max(own) if own else float("nan")
    def named(document, test):
        own = [100 * row["evaluation"]["accuracy"] for row in document["rows"] if test(row["name"])]
        return own[0] if own else float("nan")
    def returned(document):
        return next(control["name"] for control in document["controls"] if control["isReturned"])
    def answer(document):
        own = named(document, lambda text: text.startswith("returned:"))
        return own if own == own else named(document, lambda text: text.startswith("fused"))
    distilled = named(refined, lambda text: "distilled" in text and not text.startswith(("fused", "returned: fused")))
    return {
        "best parent": best(plain, "parent"),
        "parent + head": max(named(plain, lambda text, letter=letter: text.endswith(f"{letter} + head")) for letter in "ABCD"[: sets[name][2]]),
        "plain average": named(plain, lambda text: "plain average" in text),
        "fused": named(plain, lambda text: text.startswith("fused")),
        "returned": answer(plain),
        "parent, distilled": distilled,
        "refined": answer(refined),
        "ensemble": best(plain, "ensemble", "shares"),
        "returned is": returned(plain),
        "refined is": returned(refined),
    }


def cell(values):
    values = [value for value in values if value == value]
    if not values:
        return "–"
    spread = f" ± {statistics.stdev(values):.2f}" if len(values) > 1 else ""
    return f"{statistics.mean(values):.2f}{spread}"


columns = ["best parent", "parent + head", "plain average", "fused", "returned", "parent, distilled", "refined", "ensemble"]
out.mkdir(parents=True, exist_ok=True)
print("| parents | " + " | ".join(columns) + " | returned − best control | refined − best control, distilled |")
print("|---" * (len(columns) + 3) + "|")
for name in sys.argv[1:] or sets:
    draws = [figures(name, seed) for seed in range(3, 3 + seeds)]
    first = [draw["returned"] - max(draw["best parent"], draw["parent + head"]) for draw in draws]
    second = [draw["refined"] - max(draw["parent, distilled"], draw["parent + head"], draw["best parent"]) for draw in draws if draw["parent, distilled"] == draw["parent, distilled"]]
    print(f"| {name} | " + " | ".join(cell([draw[column] for draw in draws]) for column in columns) + f" | {cell(first)} | {cell(second)} |", flush=True)
    print(f"<!-- {name}: " + "; ".join(f"{draw['returned is']}, {draw['refined is']}" for draw in draws) + " -->", flush=True)
