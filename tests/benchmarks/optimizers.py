#!/usr/bin/env python3
"""Whether an optimizer earns its place: each beside the others on real data, over several seeds.

    $DLWORK_PEERS_PYTHON tests/benchmarks/optimizers.py build/release/bin/dlwork [--seeds 5]

On the table of examples/breast-cancer and on some of Fashion-MNIST's pictures each optimizer first
chooses its learning rate among four, by the mean log-loss on the validation part with two seeds of
their own; then it trains with that rate and five new seeds. Prints mean and standard deviation over
those of log-loss and accuracy, and the log-loss less that of the best other optimizer, seed by seed,
with its standard error. Weight decay goes with the reciprocal of the rate, so that all pull alike;
adam and rmsprop have none.
Judges nothing: it ends with status 0, with 77 where data or scikit-learn is missing.
"""
import argparse
import importlib.util
import math
import os
import pathlib
import statistics
import sys
import tempfile

import trainings

# Four learning rates each.
ADAPTIVE = [3e-4, 1e-3, 3e-3, 1e-2]
RATES = {"adamw": ADAPTIVE, "adam": ADAPTIVE, "rmsprop": ADAPTIVE, "sgd": [3e-3, 1e-2, 3e-2, 1e-1]}
PULL = 1e-5  # share by which a step shrinks the weights
CHOOSING_SEEDS = (101, 102)
CONVOLUTIONS = ("[{conv2d: 16}, relu, {max_pool2d: 2}, {conv2d: 32}, relu, {max_pool2d: 2}, {linear: 128}, relu, "
                "output]")


def projects(folder, rows):
    for name in ("table", "pictures"):
        (folder / name).mkdir()
    yield "breast cancer", trainings.cancer_project(folder / "table", "[{linear: 64}, relu, output]", 30)
    yield "Fashion-MNIST", trainings.fashion_project(folder / "pictures", CONVOLUTIONS, rows, 5)


def settings_of(optimizer, rate):
    # sgd's decay is part of the gradient, which its momentum of 0.9 adds up tenfold; what adam and
    # rmsprop add to the gradient they divide by its size, so that none can pull alike.
    decay = {"sgd": 0.1 * PULL / rate, "adam": 0, "rmsprop": 0}.get(optimizer, PULL / rate)
    return {"training.optimizer": optimizer, "training.learning_rate": rate, "training.weight_decay": decay}


def spread(values):
    return f"{statistics.mean(values):.4f} +- {statistics.stdev(values):.4f}"


def compare(train, seeds):
    """`train(seed, settings)` gives figures by name. Prints a line an optimizer; returns its log-losses."""
    losses = {}
    lines = {}
    for optimizer, rates in RATES.items():
        tried = {rate: statistics.mean(train(seed, settings_of(optimizer, rate))["log-loss"] for seed in CHOOSING_SEEDS)
                 for rate in rates}
        rate = min(tried, key=tried.get)
        runs = [train(seed, settings_of(optimizer, rate)) for seed in range(1, seeds + 1)]
        losses[optimizer] = [run["log-loss"] for run in runs]
        edge = ", the end of those tried" if rate in (rates[0], rates[-1]) else ""
        lines[optimizer] = (f"log-loss {spread(losses[optimizer])}, accuracy "
                            f"{spread([run['accuracy'] for run in runs])}, learning rate {rate:g}{edge}")
    for optimizer, line in lines.items():
        best = min((other for other in losses if other != optimizer), key=lambda name: statistics.mean(losses[name]))
        less = [mine - others for mine, others in zip(losses[optimizer], losses[best])]
        error = statistics.stdev(less) / math.sqrt(len(less))
        print(f"  {optimizer:6} {line}; less {best}'s {statistics.mean(less):+.4f} +- {error:.4f}", flush=True)
    return losses


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("dlwork")
    arguments.add_argument("--seeds", type=int, default=5)
    arguments.add_argument("--rows", type=int, default=6000)
    arguments.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    asked = arguments.parse_args()
    if asked.seeds < 2:
        arguments.error("a spread takes two seeds at least")
    if importlib.util.find_spec("sklearn") is None:
        print("SKIPPED: this Python has no scikit-learn, which carries the table; run it with $DLWORK_PEERS_PYTHON")
        return trainings.NOT_THERE
    if not trainings.FASHION.exists():
        print(f"SKIPPED: no {trainings.FASHION}; install dataset-fashion-mnist")
        return trainings.NOT_THERE
    with tempfile.TemporaryDirectory() as folder:
        for name, project in projects(pathlib.Path(folder), asked.rows):
            print(f"{name}, {asked.seeds} seeds", flush=True)
            compare(lambda seed, settings, of=project: trainings.train(asked.dlwork, of, seed, settings, asked.threads),
                    asked.seeds)
    return 0


if __name__ == "__main__":
    sys.exit(main())
