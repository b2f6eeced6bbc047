"""The plain average of checkpoints as PyTorch's users write it: one request a line, one answer a line.

A request is FOLDER REPETITIONS; the folder holds 1.pt, 2.pt and so on. The answer is the median milliseconds of processor time
of averaging what was loaded, and the number of averaged values.
"""
import glob
import os
import statistics
import sys
import time

import torch

torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))

for line in sys.stdin:
    folder, repetitions = line.split()
    parents = [torch.load(path, weights_only=True) for path in sorted(glob.glob(f"{folder}/*.pt"))]
    times = []
    # The first warms caches and libtorch's choice of kernels.
    for turn in range(int(repetitions) + 1):
        start = time.process_time()
        average = {name: torch.stack([parent[name] for parent in parents]).mean(0) if value.is_floating_point() else value for name, value in parents[0].items()}
        if turn:
            times.append((time.process_time() - start) * 1000)
    print(statistics.median(times), sum(value.numel() for value in average.values()), flush=True)
