#!/usr/bin/env python3
"""The audit of Fashion-MNIST's 70,000 pictures against the clock.

    tests/benchmarks/picture_audit.py build/release/bin/dlwork [--threads 2] [--seconds 90]

Prints seconds and the highest resident memory. Ends with status 1 where it takes longer; with 77
where the pictures are not there.
"""
import argparse
import json
import os
import pathlib
import sys
import tempfile

from big_table import AUDIT_ENDS, measure

DATA = pathlib.Path("/usr/share/datasets/fashion-mnist")
PICTURES = 70_000
PROJECT = f"""dlwork: 1
name: pictures
seed: 1
goal: {{metric: accuracy, target: 0.925, budget: {{trials: 1}}}}
task: classification
data:
  root: {DATA}
  train: {{path: train-images-idx3-ubyte.gz, labels: train-labels-idx1-ubyte.gz}}
  test: {{path: t10k-images-idx3-ubyte.gz, labels: t10k-labels-idx1-ubyte.gz}}
"""


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program", type=os.path.abspath)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=90)
    options = parser.parse_args()
    if not DATA.exists():
        print(f"SKIPPED: no {DATA}; install dataset-fashion-mnist")
        sys.exit(77)
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch)
        (folder / "project.yaml").write_text(PROJECT)
        figures = measure([options.program, "audit", "--force", "--quiet", "--threads",
                           str(options.threads)], folder, allowed=AUDIT_ENDS)
    figures.update(pictures=PICTURES, threads=options.threads, allowed=options.seconds)
    print(json.dumps(figures, indent=1))
    sys.exit(0 if figures["seconds"] <= options.seconds else 1)


if __name__ == "__main__":
    main()
