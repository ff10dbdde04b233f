#!/usr/bin/env python3
"""How soon dlwork answers, on this machine.

    start.py build/release/bin/dlwork [--repeats 9]

Commands that need no tensors, with what they may take (50 ms), and the first optimiser step of a
training on a table of 10,000 rows (1 s): the time from starting the command to the end of its first
epoch, which is one step here, as the event file has it. Medians of the repeats, lowest and highest in
brackets. Ends with status 1 where one takes longer.
"""
import argparse
import pathlib
import random
import statistics
import struct
import subprocess
import sys
import tempfile
import time

COMMAND_LIMIT, STEP_LIMIT = 0.050, 1.0
ROWS, COLUMNS = 10_000, 20
PROJECT = f"""dlwork: 1
question: Which of two kinds is a row?
goal: {{metric: accuracy, target: 0.9}}
data: {{train: train.csv, target: y}}
task: classification
training: {{batch_size: {ROWS}}}
baseline: {{epochs: 1, subset: {ROWS}, range_test: false, decay_grid: false}}
"""


def make_project(folder):
    rng = random.Random(1)
    with open(folder / "train.csv", "w", encoding="utf-8") as out:
        print(*[f"x{i}" for i in range(COLUMNS)], "y", sep=",", file=out)
        for _ in range(ROWS):
            x = [rng.gauss(0, 1) for _ in range(COLUMNS)]
            print(*[f"{value:.4f}" for value in x], "ab"[x[0] + x[1] * x[2] > 0], sep=",", file=out)
    (folder / "project.yaml").write_text(PROJECT, encoding="utf-8")


def run(program, folder, arguments):
    """Seconds that it took."""
    start = time.perf_counter()
    done = subprocess.run([program, *arguments], cwd=folder, capture_output=True, text=True)
    spent = time.perf_counter() - start
    if done.returncode > 1:
        sys.exit(f"dlwork {' '.join(arguments)} ended with {done.returncode}: {done.stderr.strip()}")
    return spent


def records(file):
    """Wall time and bytes of each event; the framing is that of TFRecord."""
    data, at = file.read_bytes(), 0
    while at + 12 <= len(data):
        size, = struct.unpack_from("<Q", data, at)
        event = data[at + 12:at + 12 + size]
        assert event[0] == 0x09, "an event begins with its wall time"
        yield struct.unpack_from("<d", event, 1)[0], event
        at += 12 + size + 4


def first_step(program, folder):
    """Seconds from the start of the command to the first figure of training."""
    begun = time.time()
    run(program, folder, ["baseline", "--force"])
    latest = (folder / ".dlwork/baseline/latest").resolve()
    return min(when for file in latest.glob("events.*") for when, event in records(file)
               if b"loss" in event) - begun


def show(name, seconds, limit):
    median = statistics.median(seconds)
    print(f"{name:24} {1000 * median:8.1f} ms [{1000 * min(seconds):.1f}, {1000 * max(seconds):.1f}]"
          f"   limit {1000 * limit:.0f} ms", flush=True)
    return median <= limit


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", type=pathlib.Path)
    parser.add_argument("--repeats", type=int, default=9)
    options = parser.parse_args()
    program, good = options.program.resolve(), True
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        make_project(folder)
        small = folder / "small.csv"
        small.write_text("a,b,y\n" + "".join(f"{i},{i % 7},{i % 2}\n" for i in range(200)), encoding="utf-8")
        steps = [first_step(program, folder) for _ in range(options.repeats)]
        for arguments in (["--version"], ["--help"], ["schema"], ["status"], ["report"]):
            times = [run(program, folder, arguments) for _ in range(options.repeats)]
            good &= show(" ".join(arguments), times, COMMAND_LIMIT)
        times = [run(program, folder, ["init", f"new{i}", "--data", str(small)])
                 for i in range(options.repeats)]
        good &= show("init, small file", times, COMMAND_LIMIT)
        good &= show("first optimiser step", steps, STEP_LIMIT)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
