"""Makes the small golden cases: plain torch and numpy, from the steps that the cases of the published programs state.

    .deps/python/bin/python Tests/Golden/small/make.py

Each case covers a kind of description that the other cases do not have; README.md lists them. Nothing here calls Amalgam.
"""
import json
import math
import os

import numpy as np
import torch
from safetensors.numpy import load_file, save_file

HERE = os.path.dirname(os.path.abspath(__file__))
DIGITS = load_file(os.path.join(HERE, "../digits/digits.safetensors"))
MEAN, STD = 0.3059, 0.3755
X = torch.tensor((DIGITS["images"].astype(np.float32) / 16 - np.float32(MEAN)) / np.float32(STD)).reshape(-1, 1, 8, 8)
Y = torch.tensor(DIGITS["labels"].astype(np.int64))
TRAIN, TEST = range(0, 1297), range(1297, 1797)
DATASET = {
    "name": "digits (UCI Optical Recognition of Handwritten Digits, test part, as shipped with scikit-learn load_digits)",
    "file": "../../digits/digits.safetensors",
    "split": "records 0..1296 = train, 1297..1796 = test (500), file order = scikit-learn order",
    "pixel_scaling": "x = (u8/16 - mean)/std, float32, shape [N,1,8,8]",
    "mean": MEAN,
    "std": STD,
}


def write(case, description, **tensors):
    folder = os.path.join(HERE, case)
    os.makedirs(folder, exist_ok=True)
    for name, values in tensors.items():
        save_file({k: np.ascontiguousarray(v) for k, v in values.items()}, os.path.join(folder, name + ".safetensors"))
    with open(os.path.join(folder, "case.json"), "w") as file:
        json.dump({"case": case, "reference": "Tests/Golden/small/make.py", **description}, file, indent=1)
        file.write("\n")


def array(tensor, kind=np.float32):
    return tensor.detach().numpy().astype(kind)


def trained(make, seed, classes):
    """A small network trained for a moment on mostly some classes."""
    torch.manual_seed(seed)
    net = make()
    weights = torch.where(torch.isin(Y[:1297], torch.tensor(classes)), 1.0, 0.15)
    optimiser = torch.optim.Adam(net.parameters(), lr=4e-3)
    for _ in range(150):
        rows = torch.multinomial(weights, 64)
        optimiser.zero_grad()
        torch.nn.functional.cross_entropy(net(X[rows]), Y[rows]).backward()
        optimiser.step()
    return net.eval()


def figures(net, records):
    with torch.no_grad():
        logits = net(X[list(records)])
    labels = Y[list(records)]
    return float((logits.argmax(1) == labels).float().mean()), float(torch.nn.functional.cross_entropy(logits, labels))


# Neuron Transplantation: chains of convolutions and dense layers.

class Chain(torch.nn.Module):
    """Layers by name, with what stands between them: "relu", "pool", "flatten"."""

    def __init__(self, steps):
        super().__init__()
        self.steps = steps
        self.layers = torch.nn.ModuleDict({s[0].replace(".", "_"): s[1] for s in steps if isinstance(s, tuple)})

    def forward(self, x):
        for step in self.steps:
            if isinstance(step, tuple):
                x = self.layers[step[0].replace(".", "_")](x)
            else:
                x = {"relu": torch.relu, "pool": lambda v: torch.nn.functional.max_pool2d(v, 2), "flatten": lambda v: v.flatten(1)}[step](x)
        return x

    def named(self):
        return [(s[0], s[1]) for s in self.steps if isinstance(s, tuple)]

    def tensors(self):
        return {f"{n}.{k}": array(v) for n, m in self.named() for k, v in m.state_dict().items() if k != "num_batches_tracked"}


def described(chain):
    rows, named = [], chain.named()
    for index, (name, module) in enumerate(named):
        role = "first" if index == 0 else "last" if index == len(named) - 1 else "hidden"
        if isinstance(module, torch.nn.BatchNorm2d):
            rows.append({"name": name, "kind": "batchnorm2d", "role": role, "features": module.num_features, "eps": module.eps, "momentum": module.momentum})
        elif isinstance(module, torch.nn.Conv2d):
            rows.append({"name": name, "kind": "conv2d", "role": role, "inputs": module.in_channels, "outputs": module.out_channels,
                         "kernel": list(module.kernel_size), "stride": list(module.stride), "padding": list(module.padding), "bias": module.bias is not None})
        else:
            rows.append({"name": name, "kind": "dense", "role": role, "inputs": module.in_features, "outputs": module.out_features, "bias": module.bias is not None})
    return rows


def concatenated(chains):
    """Parents side by side, as "concatenation" and "output_layer" say."""
    parts = [c.tensors() for c in chains]
    names = [n for n, _ in chains[0].named()]
    out = {}
    widths = [p[f"{names[-1]}.weight"].shape[1] for p in parts]
    shares = [w / sum(widths) for w in widths]
    for name in names:
        for kind in [k for k in ("weight", "bias", "running_mean", "running_var") if f"{name}.{k}" in parts[0]]:
            own = [p[f"{name}.{kind}"] for p in parts]
            if name == names[-1]:
                own = [w * np.float32(s) for w, s in zip(own, shares)]
                value = np.concatenate(own, 1) if kind == "weight" else sum(own)
            elif name == names[0] or own[0].ndim == 1:
                value = np.concatenate(own, 0)
            else:
                value = np.zeros((sum(w.shape[0] for w in own), sum(w.shape[1] for w in own)) + own[0].shape[2:], np.float32)
                row = column = 0
                for w in own:
                    value[row:row + w.shape[0], column:column + w.shape[1]] = w
                    row, column = row + w.shape[0], column + w.shape[1]
            out[f"{name}.{kind}"] = value
    return out


def pruned(tensors, chain, ratio, columns):
    """One group after another, from the output; every score on the weights as they are then."""
    tensors, groups = dict(tensors), []
    named = chain.named()
    weighted = [i for i, (_, m) in enumerate(named) if not isinstance(m, torch.nn.BatchNorm2d)]
    for place in reversed(weighted[:-1]):
        name = named[place][0]
        norm = named[place + 1][0] if isinstance(named[place + 1][1], torch.nn.BatchNorm2d) else None
        reader = named[weighted[weighted.index(place) + 1]][0]
        before = tensors[f"{name}.weight"].shape[0]
        per = columns.get(reader, 1)
        own = (tensors[f"{name}.weight"].reshape(before, -1).astype(np.float64) ** 2).sum(1)
        read = tensors[f"{reader}.weight"].astype(np.float64)
        read = (np.moveaxis(read.reshape(read.shape[0], before, -1), 1, 0).reshape(before, -1) ** 2).sum(1)
        members = [own, read] + ([tensors[f"{norm}.weight"].astype(np.float64) ** 2] if norm else [])
        scores = np.mean(members, 0)
        after = math.floor(before * (1 - ratio))
        order = np.argsort(-scores, kind="stable")
        kept = np.sort(order[:after])
        items = [{"layer": name, "side": "out"}] + ([{"layer": norm, "side": "bn"}] if norm else [])
        items.append({"layer": reader, "side": "in", **({"columns_per_channel": per} if per > 1 else {})})
        gap = (scores[order[after - 1]] - scores[order[after]]) / scores.mean()
        assert gap > 2e-4, (name, gap)
        groups.append({"root": name, "channels_before": before, "channels_after": after, "importance_items": items,
                       "kept": kept.tolist(), "scores": [round(float(s), 9) for s in scores], "relative_gap_at_cut": float(gap)})
        for key in [k for k in tensors if k.rsplit(".", 1)[0] in (name, norm)]:
            tensors[key] = tensors[key][kept]
        value = tensors[f"{reader}.weight"]
        value = value.reshape((value.shape[0], before, per) + value.shape[2:])[:, kept]
        tensors[f"{reader}.weight"] = value.reshape((value.shape[0], -1) + value.shape[3:])
    return tensors, groups


def loaded(make, tensors):
    net = make()
    for name, module in net.named():
        module.load_state_dict({k: torch.tensor(tensors[f"{name}.{k}"]) for k in ("weight", "bias", "running_mean", "running_var") if f"{name}.{k}" in tensors},
                               strict=False)
    return net.eval()


TRANSPLANT_OPTIONS = {
    "importance": "sum of squares (no square root) of each member tensor slice; plain mean over the members listed in importance_items; biases, running mean/variance and batchnorm shift do not count; batchnorm scale squared counts as one member",
    "removal": "channels_after = floor(channels_before * (1 - ratio)), evaluated in IEEE double exactly as written; if that is 0 the group is left whole; the lowest scores are removed; survivors keep ascending original order",
    "order": "groups are processed one after another in the listed order (output side first) and every score is computed on the weights as already shrunk by earlier groups",
}


def vgg(widths, bn):
    steps, inputs, place = [], 1, 0
    for width in widths:
        if width == "M":
            steps.append("pool")
            place += 1
            continue
        steps.append((f"features.{place}", torch.nn.Conv2d(inputs, width, 3, padding=1, bias=False)))
        if bn:
            steps.append((f"features.{place + 1}", torch.nn.BatchNorm2d(width)))
        steps.append("relu")
        inputs, place = width, place + 2 + bn
    return Chain(steps + ["flatten", ("classifier", torch.nn.Linear(inputs, 10, bias=False))])


def transplant_widths():
    """Widths per parent in `cfg`, fewer evaluation records than the test set has, and no stored wide network."""
    cfgs, evaluated = [[6, "M", 8, "M", 10, "M"], [8, "M", 6, "M", 12, "M"]], 200
    parents = [trained(lambda c=c: vgg(c, True), 11 + i, [range(0, 6), range(4, 10)][i]) for i, c in enumerate(cfgs)]
    wide = concatenated(parents)
    total = [c if c == "M" else c + cfgs[1][i] for i, c in enumerate(cfgs[0])]
    fused, groups = pruned(wide, parents[0], 0.5, {})
    nets = {"concat": loaded(lambda: vgg(total, True), wide), "fused": loaded(lambda: vgg([c if c == "M" else c // 2 for c in total], True), fused)}
    records, runs = range(1297, 1297 + evaluated), []
    expected = {f"fused::{k}": v for k, v in fused.items()}
    for tag, net in nets.items():
        accuracy, loss = figures(net, records)
        with torch.no_grad():
            expected[f"{tag}::logits_first16"] = array(net(X[1297:1313]))
        count = sum(p.numel() for p in net.parameters())
        run = {"tag": tag, "test_accuracy": accuracy, "test_mean_cross_entropy": loss, "layers": described(net), "parameter_count": count}
        runs.append(run if tag == "concat" else {**run, "ratio": 0.5, "groups_in_processing_order": groups})
    with torch.no_grad():
        mean = sum(net(X[list(records)]) for net in parents) / 2
    write("nt-widths-per-parent", {
        "method": "neuron-transplantation", "fusion_mode": "joint", "parent_count": 2,
        "dataset": {**DATASET, "evaluation_records": evaluated, "evaluation": f"the first {evaluated} test records"},
        "architecture": {"kind": "vgg", "cfg": cfgs, "bn": True, "bias": False,
                         "layers_in_registration_order": [described(p) for p in parents]},
        "options": TRANSPLANT_OPTIONS,
        "tolerance": {"weights": 1e-6, "logits": 1e-4, "accuracy": 0.0026, "scores_rel": 2e-5},
        "baselines": {"parents_test_accuracy": [figures(p, records)[0] for p in parents],
                      "output_average_ensemble_accuracy": float((mean.argmax(1) == Y[list(records)]).float().mean())},
        "runs": runs,
    }, parent_0=parents[0].tensors(), parent_1=parents[1].tensors(), expected=expected)


def lenet(first, second, dense, last, bias):
    return Chain([
        ("feature.0", torch.nn.Conv2d(3, first, 5, bias=bias)), "relu", "pool",
        ("feature.3", torch.nn.Conv2d(first, second, 5, bias=bias)), "relu", "pool", "flatten",
        ("classifier.1", torch.nn.Linear(25 * second, dense, bias=bias)), "relu",
        ("classifier.3", torch.nn.Linear(dense, last, bias=bias)), "relu", ("classifier.5", torch.nn.Linear(last, 10, bias=bias))])


def transplant_lenet():
    """A LeNet for 3×32×32, of which no accuracy is stated: the weights are random."""
    torch.manual_seed(5)
    parents = [lenet(3, 4, 9, 8, True) for _ in range(2)]
    wide = concatenated(parents)
    fused, groups = pruned(wide, parents[0], 0.5, {"classifier.1": 25})
    net = loaded(lambda: lenet(3, 4, 9, 8, True), fused)
    write("nt-lenet-rgb", {
        "method": "neuron-transplantation", "fusion_mode": "joint", "parent_count": 2,
        "dataset": {"name": "cifar10", "normalise": "(pixel/255-0.5)/0.5 for every channel", "evaluation": "none: weights alone"},
        "architecture": {"kind": "lenet_cifar", "bias": True,
                         "forward": "feature.0 conv5x5 -> ReLU -> maxpool2 -> feature.3 conv5x5 -> ReLU -> maxpool2 -> flatten (channel-major: index = c*25 + y*5 + x) -> classifier.1 -> ReLU -> classifier.3 -> ReLU -> classifier.5",
                         "layers_in_registration_order": [described(p) for p in parents]},
        "options": TRANSPLANT_OPTIONS, "tolerance": {"weights": 1e-6, "scores_rel": 2e-5},
        "runs": [{"tag": "fused", "layers": described(net), "parameter_count": sum(p.numel() for p in net.parameters()), "ratio": 0.5,
                  "groups_in_processing_order": groups}],
    }, parent_0=parents[0].tensors(), parent_1=parents[1].tensors(), expected={f"fused::{k}": v for k, v in fused.items()})


# OTFusion by activations with exact transport between uniform marginals of equal widths.

def cheapest(cost):
    """The cheapest assignment and whether it is the only one, by all subsets of columns."""
    n = len(cost)
    best = {0: (0.0, 1, ())}
    for row in range(n):
        after = {}
        for mask, (value, count, path) in best.items():
            for column in range(n):
                if mask >> column & 1:
                    continue
                key, total = mask | 1 << column, value + cost[row, column]
                old = after.get(key)
                if old is None or total < old[0] - 1e-6:
                    after[key] = (total, count, path + (column,))
                elif abs(total - old[0]) <= 1e-6:
                    after[key] = (old[0], old[1] + count, old[2])
        best = after
    value, count, path = best[(1 << n) - 1]
    return value / n, count == 1, list(path)


def otfusion(a, b, layers, inputs, blend=0.5):
    """`layers`: (name, weights -> outputs before ReLU given all parents' own weights). Returns fused weights and the records of layers."""
    outputs = [[], []]
    for which, weights in enumerate((a, b)):
        x = inputs
        for index, (name, apply) in enumerate(layers):
            x = apply(x, torch.tensor(weights[name]))
            outputs[which].append(x)
    fused, records, expected, incoming = {}, [], {}, None
    for index, (name, _) in enumerate(layers):
        rows = [np.moveaxis(array(o[index], np.float64), 1, 0).reshape(o[index].shape[1], -1) for o in outputs]
        cost = np.sqrt(np.maximum(((rows[0][:, None] - rows[1][None]) ** 2).sum(-1), 0))
        total, unique, path = cheapest(cost)
        n = len(cost)
        records.append({"layer": name, "run": None, "transport_cost": total, "cost_matrix_min": cost.min(), "cost_matrix_max": cost.max(),
                        "cost_matrix_mean": cost.mean(), "plan_mass": 1.0, "plan_nonzeros": n, "is_permutation": True, "optimum_unique": unique,
                        "identity_fraction": float(np.mean([i == j for i, j in enumerate(path)]))})
        match = np.zeros(n, np.int32)
        match[path] = np.arange(n)
        scale = (1 / n) / (1 / n + 1e-7)
        weight = a[name]
        if incoming is not None:
            old, shape = incoming, weight.shape
            weight = weight.reshape(shape[0], len(old), -1)[:, old].reshape(shape) * np.float32(scale_before)
        carried = weight[match] * np.float32(scale)
        fused[name] = (1 - blend) * carried + blend * b[name]
        expected[f"match.{name}"], expected[f"cost_matrix.{name}"], expected[f"fused.{name}"] = match, cost.astype(np.float32), fused[name].astype(np.float32)
        incoming, scale_before = match, scale
    return fused, records, expected


OT_OPTIONS = {
    "alignment": "activations", "solver": "exact_network_simplex", "reg": None, "reg_m": None, "metric": "euclidean", "squared": False,
    "normalize_weight_rows_to_unit_norm": False, "cost_normalization": "none", "clip_cost": None, "marginals": "uniform", "correction": True,
    "proper_marginals": False, "scale_map": "divide each entry (i,j) by (sum of row i + 1e-7)", "use_incoming_alignment_in_weights": True,
    "blend_weight_of_b": 0.5, "last_layer": "OT like any other layer", "handle_skips": False, "activation_stage": "pre-ReLU layer outputs",
    "activation_scaling": "none", "squared_distance_divided_by_num_samples": False,
}
OT_TOLERANCE = {"accuracy_percent": 0.2, "fused_weights_abs": 1e-4, "plan_abs": 1e-6, "cost_matrix_rel": 1e-4, "transport_cost_rel": 1e-5, "logits_abs": 1e-3}
PARENTS = [{"file": "parent_a.safetensors", "role": "A: aligned to B"}, {"file": "parent_b.safetensors", "role": "target B (keeps its neuron order)"}]


def ot_order(a, b, kinds):
    return [{"name": n, "kind": "conv2d" if a[n].ndim == 4 else "linear", "shape_a": list(a[n].shape), "shape_b": list(b[n].shape),
             **({"stride": 1, "padding": 0} if a[n].ndim == 4 else {})} for n in kinds]


def otfusion_ties():
    """Two equal neurons in parent A: the optimum of fc1 is not unique, and its weights cannot be compared."""
    def make():
        return Chain(["flatten", ("fc1", torch.nn.Linear(64, 9, bias=False)), "relu", ("fc2", torch.nn.Linear(9, 8, bias=False)), "relu",
                      ("fc3", torch.nn.Linear(8, 10, bias=False))])
    parents = [trained(make, 21 + i, [range(0, 7), range(3, 10)][i]) for i in range(2)]
    a, b = (p.tensors() for p in parents)
    a["fc1.weight"][3] = a["fc1.weight"][6]
    a["fc2.weight"][:, 3] = a["fc2.weight"][:, 6]
    samples = list(range(0, 600, 10))
    inputs = X[samples].flatten(1)
    layers = [("fc1.weight", lambda x, w: x @ w.T), ("fc2.weight", lambda x, w: torch.relu(x) @ w.T), ("fc3.weight", lambda x, w: torch.relu(x) @ w.T)]
    fused, records, expected = otfusion(a, b, layers, inputs)
    assert [r["optimum_unique"] for r in records] == [False, True, True], records
    nets = [loaded(make, t) for t in (a, b, fused)]
    accuracy = [100 * figures(n, TEST)[0] for n in nets]
    plain = loaded(make, {k: (a[k] + b[k]) / 2 for k in a})
    with torch.no_grad():
        logs = sum(torch.log_softmax(n(X[list(TEST)]), 1) for n in nets[:2])
        for key, net in zip(("parent_a", "parent_b", "fused"), nets):
            expected[f"probe_logits.{key}"] = array(net(X[1297:1313]))
    write("otf-not-unique", {
        "method": "OTFusion", "parents": PARENTS,
        "network": {"kind": "mlp", "forward": "flatten input row-major (8x8 -> 64) -> fc1 -> ReLU -> fc2 -> ReLU -> fc3 (logits). No biases.", "note": "raw logits"},
        "layer_order": ot_order(a, b, [n for n, _ in layers]),
        "dataset": {**DATASET, "accuracy_on": "the 500 test records", "probe_logits_on": "first 16 test records (1297..1312)"},
        "options": {**OT_OPTIONS, "activation_samples": len(samples)},
        "expected": {"test_accuracy_percent": {"parents": accuracy[:2], "fused": accuracy[2], "plain_weight_average": 100 * figures(plain, TEST)[0],
                                               "logit_average": 100 * float((logs.argmax(1) == Y[list(TEST)]).float().mean())},
                     "runs": [{"tag": "only", "layers": records}], "tolerance": OT_TOLERANCE},
    }, parent_a=a, parent_b=b, expected=expected,
        activations={"dataset_indices": np.array(samples, np.int32), "inputs_u8": DIGITS["images"][samples].reshape(-1, 1, 8, 8)})


def otfusion_lenet():
    """A LeNet for 3×32×32 on random images: the transport and the weights, no accuracy."""
    random = np.random.default_rng(7)
    shapes = {"conv1.weight": (4, 3, 5, 5), "conv2.weight": (5, 4, 5, 5), "fc1.weight": (8, 125), "fc2.weight": (10, 8)}
    a, b = ({n: (random.normal(size=s) / math.sqrt(np.prod(s[1:]))).astype(np.float32) for n, s in shapes.items()} for _ in range(2))
    images = random.integers(0, 256, size=(6, 3, 32, 32)).astype(np.uint8)
    mean, std = [0.4914, 0.4822, 0.4465], [0.247, 0.243, 0.261]
    x = (torch.tensor(images.astype(np.float32)) / 255 - torch.tensor(mean).reshape(1, 3, 1, 1)) / torch.tensor(std).reshape(1, 3, 1, 1)
    pool, conv = (lambda v: torch.relu(torch.nn.functional.max_pool2d(v, 2))), torch.nn.functional.conv2d
    layers = [("conv1.weight", conv), ("conv2.weight", lambda v, w: conv(pool(v), w)), ("fc1.weight", lambda v, w: pool(v).flatten(1) @ w.T),
              ("fc2.weight", lambda v, w: torch.relu(v) @ w.T)]
    _, records, expected = otfusion(a, b, layers, x)
    assert all(r["optimum_unique"] for r in records)
    write("otf-lenet-rgb", {
        "method": "OTFusion", "parents": PARENTS,
        "network": {"kind": "lenet", "forward": "conv1 5x5 valid stride1 -> maxpool2x2 -> ReLU -> conv2 5x5 valid -> maxpool2x2 -> ReLU -> flatten C,H,W row-major (5*5*5=125) -> fc1 -> ReLU -> fc2 (logits). No biases.",
                    "note": "raw logits"},
        "layer_order": ot_order(a, b, list(shapes)),
        "dataset": {"name": "CIFAR-10 (random images of its shape)", "pixel_scaling": "(u8/255 - mean)/std per channel", "mean": mean, "std": std},
        "options": {**OT_OPTIONS, "activation_samples": len(images)},
        "expected": {"runs": [{"tag": "only", "layers": records}], "tolerance": OT_TOLERANCE},
    }, parent_a=a, parent_b=b, expected=expected, activations={"inputs_u8": images})


# Neuron interpolation by gradient: groups of the parents' level outputs.

def lloyd(columns, count):
    """Plain k-means from the second parent's neurons: ties to the lowest index; none left empty here."""
    centres, before = columns[:, count:2 * count].copy(), None
    costs = []
    while True:
        distances = np.sqrt(((columns[:, :, None] - centres[:, None]) ** 2).sum(0))
        found, cost = distances.argmin(1), distances.min(1).sum()
        if before is not None and (found == before).all() or len(costs) >= 3 and cost >= costs[-3]:
            return found
        assert len(set(found)) == count
        costs.append(cost)
        before = found
        centres = np.stack([columns[:, found == c].mean(1) for c in range(count)], 1)


def gradient_levels():
    """Levels that end at a pooling and at a ReLU."""
    def make():
        return torch.nn.Sequential(torch.nn.Conv2d(1, 4, 3, padding=1), torch.nn.ReLU(), torch.nn.MaxPool2d(2), torch.nn.Conv2d(4, 6, 3, padding=1),
                                   torch.nn.ReLU(), torch.nn.Flatten(), torch.nn.Linear(96, 10))
    keys = {0: "features.0", 3: "features.1", 6: "classifier"}
    parents = [trained(make, 31 + i, [range(0, 7), range(3, 10)][i]) for i in range(2)]
    ends, epochs, batch, rate, decay = [2, 4, 6], [20, 20, 80], 32, 0.004, 1e-4
    samples = [i for c in range(10) for i in [k for k in TRAIN if Y[k] == c][:40]]
    x = X[samples]

    def level(net, index, value):
        start = 0 if index == 0 else ends[index - 1] + 1
        return net[start:ends[index] + 1](value)

    def outputs(net, index):
        for k in range(index + 1):
            value = level(net, k, x if k == 0 else value)
        return value.detach()

    def rows(value):
        return array(value.permute(0, 3, 2, 1) if value.ndim == 4 else value, np.float64).reshape(-1, value.shape[1])

    expected, targets, stride = {}, [], 3
    for index in range(2):
        own = [rows(outputs(p, index)) for p in parents]
        columns = np.concatenate(own, 1)
        found = lloyd(columns, own[0].shape[1])
        sums = np.stack([columns[:, found == c].mean(1) for c in range(own[0].shape[1])], 1)
        expected[f"assignment.level{index}"] = found.astype(np.int32)
        expected[f"target.level{index}.rows"] = sums[::stride][:100].astype(np.float32)
        mixing = torch.tensor(np.stack([(found == c) / (found == c).sum() for c in range(own[0].shape[1])]), dtype=torch.float32)
        both = torch.cat([outputs(p, index) for p in parents], 1)
        targets.append((torch.einsum("cm,nmhw->nchw", mixing, both), torch.tensor([(found == c).sum() for c in range(own[0].shape[1])]).float()))
    head = sum(outputs(p, 2) for p in parents) / 2
    expected["target.head"] = array(head)
    targets.append((head, None))
    for parent in range(2):
        for index, width in enumerate((4, 6, 10)):
            expected[f"score.parent{parent}.level{index}"] = np.ones(width, np.float32)

    def fused(seed):
        torch.manual_seed(seed)
        net, curves = make(), {}
        net.load_state_dict(parents[0].state_dict())
        value = x
        for index in range(3):
            target, weights = targets[index]
            start = 0 if index == 0 else ends[index - 1] + 1
            part = net[start:ends[index] + 1]
            optimiser = torch.optim.Adam(part.parameters(), lr=rate, weight_decay=decay)
            order = torch.randperm(len(x))
            held, used = order[:len(x) // 5], order[len(x) // 5:]

            def loss(r):
                errors = (part(value[r]) - target[r]) ** 2
                return (errors * weights.reshape(1, -1, 1, 1)).mean() if weights is not None else errors.mean()
            curve = {"train": [], "val": []}
            for _ in range(epochs[index]):
                used, total = used[torch.randperm(len(used))], []
                for r in used.split(batch):
                    optimiser.zero_grad()
                    now = loss(r)
                    now.backward()
                    optimiser.step()
                    total.append(float(now))
                with torch.no_grad():
                    curve["val"].append(round(float(np.mean([float(loss(r)) for r in held.split(batch)])), 6))
                curve["train"].append(round(float(np.mean(total)), 6))
            curves[f"level{index}"] = curve
            value = part(value).detach()
        accuracy, cross = figures(net.eval(), TEST)
        return {"seed": seed, "fused_full": {"accuracy": accuracy, "loss": cross}, "curves": curves}
    runs = [fused(seed) for seed in range(1, 6)]
    accuracies, losses = ([r["fused_full"][k] for r in runs] for k in ("accuracy", "loss"))
    ops = [{"op": "conv2d", "key": keys[0], "weight_shape": [4, 1, 3, 3], "bias": True, "kernel": 3, "stride": 1, "padding": 1}, {"op": "relu"},
           {"op": "maxpool2d", "kernel": 2, "stride": 2},
           {"op": "conv2d", "key": keys[3], "weight_shape": [6, 4, 3, 3], "bias": True, "kernel": 3, "stride": 1, "padding": 1}, {"op": "relu"},
           {"op": "flatten", "start_dim": 1}, {"op": "linear", "key": keys[6], "weight_shape": [10, 96], "bias": True}]
    tensors = [{f"{keys[int(k.split('.')[0])]}.{k.split('.')[1]}": array(v) for k, v in p.state_dict().items()} for p in parents]
    full = [figures(p, TEST) for p in parents]
    write("ni-levels", {
        "dataset": DATASET,
        "options": {"method": "KF gradient", "importance": "uniform", "normalise_importance": False, "head_class_weights": False,
                    "optimizer_per_level": ["adam"] * 3, "lr_per_level": [rate] * 3, "weight_decay_per_level": [decay] * 3, "epochs_per_level": epochs,
                    "use_scheduler": False, "train_batch_size": batch, "max_patience_epochs": 1000, "use_weighted_loss": True,
                    "init_kmeans_with_2nd_acts": True, "normalize_acts_for_kmeans": False, "num_kmeans_runs": 1},
        "network": ops, "level_last_op": ends, "parents": ["parent_0.safetensors", "parent_1.safetensors"],
        "inputs": {"n": len(samples), "selection": "40 train records per class", "images": "uint8 [N,8,8]", "labels": "uint8 [N]"},
        "expected_scalars": {"parents_full": [{"accuracy": a, "loss": l} for a, l in full], "accuracy_mean": float(np.mean(accuracies)),
                             "accuracy_std": float(np.std(accuracies)), "loss_mean": float(np.mean(losses)), "loss_std": float(np.std(losses))},
        "runs": runs, "validation": {f"level{i}": {"row_stride": stride} for i in range(2)},
    }, parent_0=tensors[0], parent_1=tensors[1], expected=expected,
        inputs={"images": DIGITS["images"][samples], "labels": DIGITS["labels"][samples], "dataset_indices": np.array(samples, np.int32)})


if __name__ == "__main__":
    torch.set_num_threads(1)
    transplant_widths()
    transplant_lenet()
    otfusion_ties()
    otfusion_lenet()
    gradient_levels()
