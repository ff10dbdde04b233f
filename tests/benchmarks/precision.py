#!/usr/bin/env python3
"""Accuracy of networks trained in bfloat16 beside the same in float32.

    precision.py build/release/bin/dlwork [--seeds 5] [--rows 10000] [--epochs 6]

Trains a network of 64 and 128 channels on some of Fashion-MNIST's pictures with each seed in both
precisions and prints the accuracy on 12,000 held-out ones. Ends with status 1 where the means over the
seeds are more than 0.003 apart, with 77 where there is no data. Processors without amx_bf16 or
avx512_bf16 do the same, but several times slower; peers.py measures the speed.
"""
import argparse
import os
import pathlib
import statistics
import sys
import tempfile

import trainings

LIMIT = 0.003
LAYERS = ("[{conv2d: 64}, relu, {max_pool2d: 2}, {conv2d: 128}, relu, {max_pool2d: 2}, {linear: 128}, relu, "
          "output]")


def main(words=None):
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("dlwork")
    arguments.add_argument("--seeds", type=int, default=5)
    arguments.add_argument("--rows", type=int, default=10000)
    arguments.add_argument("--epochs", type=int, default=6)
    arguments.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    asked = arguments.parse_args(words)
    if not trainings.FASHION.exists():
        print(f"SKIPPED: no {trainings.FASHION}; install dataset-fashion-mnist")
        return trainings.NOT_THERE
    found = {"float32": [], "bfloat16": []}
    with tempfile.TemporaryDirectory() as folder:
        project = trainings.fashion_project(pathlib.Path(folder), LAYERS, asked.rows, asked.epochs)
        for seed in range(1, asked.seeds + 1):
            for precision, accuracies in found.items():
                settings = {"training.precision": precision, "training.learning_rate": 0.001}
                accuracies.append(trainings.train(asked.dlwork, project, seed, settings, asked.threads)["accuracy"])
            print(f"seed {seed}: " + ", ".join(f"{name} {values[-1]:.4f}" for name, values in found.items()), flush=True)
    apart = abs(statistics.mean(found["bfloat16"]) - statistics.mean(found["float32"]))
    for name, values in found.items():
        print(f"{name:8} mean {statistics.mean(values):.4f}, lowest {min(values):.4f}, highest {max(values):.4f}")
    good = round(apart, 6) <= LIMIT
    print(f"{'PASS' if good else 'FAIL'}: {apart:.4f} apart over {asked.seeds} seeds, limit {LIMIT}")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
