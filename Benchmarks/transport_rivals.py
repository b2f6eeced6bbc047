"""Runs the field's own solvers for `amalgam-bench transport`: one request a line, one answer a line.

A request is FOLDER TASK SIZE…; the folder holds raw arrays. The answer is milliseconds and the number both sides must agree on.
"""
import sys
import time
import warnings

import numpy as np
import ot
from scipy.optimize import linear_sum_assignment
from sklearn.metrics.pairwise import euclidean_distances

warnings.simplefilter("ignore")


def timed(function):
    start = time.perf_counter()
    result = function()
    return (time.perf_counter() - start) * 1e3, result


def answer(folder, task, *sizes):
    def read(name, dtype=np.float64):
        return np.fromfile(f"{folder}/{name}", dtype)

    if task == "distances":
        count, features = map(int, sizes)
        x, y = (read(name, np.float32).reshape(count, features) for name in "xy")
        milliseconds, result = timed(lambda: euclidean_distances(x, y, squared=True))
        return milliseconds, result.sum(dtype=np.float64)
    rows, columns = int(sizes[0]), int(sizes[1])
    cost = read("cost").reshape(rows, columns)
    if task == "assignment":
        milliseconds, (i, j) = timed(lambda: linear_sum_assignment(cost))
        return milliseconds, cost[i, j].sum()
    if task == "emd":
        a, b = read("a"), read("b")
        milliseconds, plan = timed(lambda: ot.emd(a, b, cost, numItermax=10**8))
        return milliseconds, (plan * cost).sum()
    if task == "sinkhorn_log":
        a, b = np.full(rows, 1 / rows), np.full(columns, 1 / columns)
        milliseconds, plan = timed(
            lambda: ot.sinkhorn(a, b, cost, float(sizes[2]), method="sinkhorn_log", numItermax=100_000, stopThr=1e-9))
        return milliseconds, (plan * cost).sum()
    raise ValueError(f"unknown task {task}")


for line in sys.stdin:
    milliseconds, value = answer(*line.split())
    print(f"{milliseconds!r} {float(value)!r}", flush=True)
