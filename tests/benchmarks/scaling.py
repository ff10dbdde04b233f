#!/usr/bin/env python3
"""Training speed of one process and of two that train together, on this machine.

    scaling.py build/release/bin/dlwork [--repeats 3] [--threads 1] [--processes 1 2]

Runs `dlwork baseline --processes N` on networks whose steps take about 0.1, 10 and 100 ms, each
process with its own batch and `--threads` threads, and prints samples a second and how many times
one process's they are: the median of the repeats, with the lowest and highest. Processes that have a
CPU each at most double what one does with one thread; what is missing is the exchange of gradients.
Then the seconds of `dlwork ensemble --processes N` for members that a single process trains one after
another (mean weights, the middle network), which need no exchange.
"""
import argparse
import json
import os
import pathlib
import platform
import random
import statistics
import struct
import subprocess
import sys
import tempfile
import time

NETWORKS = {
    "mlp, batch 32": (8, 32, 4096, """
      - linear: 64
      - relu
      - linear: 64
      - relu
      - output"""),
    "cnn 16-32, batch 64": (28, 64, 2048, """
      - conv2d: 16
      - relu
      - max_pool2d: 2
      - conv2d: 32
      - relu
      - max_pool2d: 2
      - linear: 128
      - relu
      - output"""),
    "cnn 64-128, batch 64": (32, 64, 1024, """
      - conv2d: 64
      - relu
      - max_pool2d: 2
      - conv2d: 128
      - relu
      - max_pool2d: 2
      - linear: 128
      - relu
      - output"""),
}
PROJECT = """dlwork: 1
question: How fast is it?
goal: {{metric: accuracy, target: 0.99}}
analogy: image-classification-small
data: {{train: {{path: images.idx, labels: labels.idx}}}}
training: {{batch_size: {batch}, optimizer: adam, learning_rate: 0.0001, early_stopping: {{patience: 0}}}}
model: &network
  layers:{layers}
baseline: {{epochs: 3, subset: {rows}, range_test: false, decay_grid: false, model: *network}}
"""


def write_data(folder, side, count):
    draw = random.Random(1)
    images, labels = draw.randbytes(count * side * side), draw.randbytes(count)
    (folder / "images.idx").write_bytes(struct.pack(">4B3I", 0, 0, 8, 3, count, side, side) + images)
    (folder / "labels.idx").write_bytes(struct.pack(">4BI", 0, 0, 8, 1, count)
                                        + bytes(label % 10 for label in labels))


def run(program, project, processes, threads):
    """Samples a second, and milliseconds of a step that went into the exchange."""
    command = [program, "baseline", "-p", str(project), "--threads", str(threads), "--json", "--quiet",
               "--profile", "--processes", str(processes)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode > 1:  # a network that learns nothing from noise fails its gate
        sys.exit(done.stderr)
    values = json.loads(done.stdout)["values"]
    profile = values["profile"]
    exchange = profile["parts"].get("exchange", 0) / profile["steps"] * 1e3
    return values["fit"]["samples_per_second"], exchange


def ensemble_seconds(program, project, processes, threads):
    command = [program, "ensemble", "-p", str(project), "--threads", str(threads), "--quiet",
               "--processes", str(processes), "--set", "ensemble.members=4", "--set",
               "ensemble.epochs=2", "--set", "training.averaging.method=ema"]
    start = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode > 1:  # noise has no goal that can be met
        sys.exit(done.stderr)
    return time.perf_counter() - start


def measure_ensemble(asked):
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        side, batch, rows, layers = NETWORKS["cnn 16-32, batch 64"]
        write_data(folder, side, rows * 2)
        project = folder / "project.yaml"
        project.write_text(PROJECT.format(batch=batch, rows=rows, layers=layers))
        one = None
        for processes in asked.processes:
            seconds = sorted(ensemble_seconds(asked.dlwork, project, processes, asked.threads)
                             for _ in range(asked.repeats))
            middle = statistics.median(seconds)
            one = one or middle
            print(f"{'ensemble of 4':22} {processes} processes {middle:9.2f} s "
                  f"[{seconds[0]:.2f}, {seconds[-1]:.2f}]  {one / middle:5.2f} times one's speed")


def main():
    arguments = argparse.ArgumentParser(description=__doc__,
                                        formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("dlwork")
    arguments.add_argument("--repeats", type=int, default=3)
    arguments.add_argument("--threads", type=int, default=1)
    arguments.add_argument("--processes", type=int, nargs="+", default=[1, 2])
    asked = arguments.parse_args()
    print(f"{platform.processor() or platform.machine()}, {len(os.sched_getaffinity(0))} CPUs, "
          f"{asked.threads} threads a process, {asked.repeats} repeats")
    for name, (side, batch, rows, layers) in NETWORKS.items():
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            write_data(folder, side, rows * 2)
            project = folder / "project.yaml"
            project.write_text(PROJECT.format(batch=batch, rows=rows, layers=layers))
            one = None
            for processes in asked.processes:
                runs = [run(asked.dlwork, project, processes, asked.threads)
                        for _ in range(asked.repeats)]
                speeds = sorted(speed for speed, _ in runs)
                middle = statistics.median(speeds)
                one = one or middle
                print(f"{name:22} {processes} processes {middle:9.0f} samples/s "
                      f"[{speeds[0]:.0f}, {speeds[-1]:.0f}]  {middle / one:5.2f} times one's, "
                      f"exchange {statistics.median(ms for _, ms in runs):.2f} ms a step")
    measure_ensemble(asked)


if __name__ == "__main__":
    main()
