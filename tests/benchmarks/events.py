#!/usr/bin/env python3
"""What TensorBoard's files cost a training: dlwork with and without them, on this machine.

    events.py --bench build/release/bin/fit_bench [--case NAME ...] [--pairs 7] [--epochs 40]

Trains the same network with the same seed in turn with event files (graph, each epoch's figures,
histograms of weights, gradients and activations, precision-recall curves) and without. Prints the
share of the training's time in which the files are written, as the training itself takes it by the
clock, with its range; and what the whole costs more by the clock, pair by pair, which on a machine
that is not quiet tells more of the machine. Ends with status 1 where the median share is above 2 %.
"""
import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile

MOST = 0.02


def train(arguments, case, folder):
    out = subprocess.run([arguments.bench, case, "1", str(arguments.epochs), folder],
                         check=True, capture_output=True, text=True).stdout
    return json.loads(out)


def told(shares):
    return f"{100 * statistics.median(shares):+.2f} % [{100 * min(shares):+.2f}, {100 * max(shares):+.2f}]"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--bench", required=True)
    parser.add_argument("--case", nargs="+", default=["mlp-small", "mlp-256", "cnn-28"])
    parser.add_argument("--pairs", type=int, default=7)
    parser.add_argument("--epochs", type=int, default=40)
    arguments = parser.parse_args()
    too_slow = False
    for case in arguments.case:
        writing, clock, size = [], [], 0
        train(arguments, case, "-")  # warm
        for pair in range(arguments.pairs):
            with tempfile.TemporaryDirectory() as folder:
                # In turn first and second, so that a machine that slows down favours neither.
                order = ["-", folder] if pair % 2 else [folder, "-"]
                took = {where: train(arguments, case, where) for where in order}
                size = sum(file.stat().st_size for file in pathlib.Path(folder).iterdir())
            writing.append(took[folder]["event_seconds"] / took[folder]["seconds"])
            clock.append(took[folder]["seconds"] / took["-"]["seconds"] - 1)
        too_slow |= statistics.median(writing) > MOST
        print(f"{case}: writing {told(writing)}, with against without {told(clock)}; {took['-']['seconds']:.2f} s, "
              f"{size / 1024:.0f} KiB in {arguments.epochs} epochs", flush=True)
    return 1 if too_slow else 0


sys.exit(main())
