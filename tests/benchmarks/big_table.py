#!/usr/bin/env python3
"""A full audit of a large CSV file against DuckDB's SUMMARIZE of the same file in the same run.

    $DLWORK_PEERS_PYTHON tests/benchmarks/big_table.py build/release/bin/dlwork [--rows 10000000]

Makes a file of that many rows and 12 columns (numbers, whole numbers, categories, a date, a truth
value, gaps, a few wrong cells), runs both on it, and the audit on a tenth of it. Prints seconds and
the highest resident memory of each. Ends with status 1 where the audit takes more than 3 times
DuckDB's time or more than 1 GiB, or where ten times the rows take more than 11 times the time or
more than 1.1 times the memory; with 77 where there is no DuckDB.
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile

TIMES, MEMORY, GROWTH, FLAT = 3.0, 1 << 30, 11.0, 1.1
BLOCK = 250_000
SUMMARIZE = """
import duckdb, sys
connection = duckdb.connect(config={"threads": 2})
print(len(connection.execute(f"SUMMARIZE SELECT * FROM read_csv('{sys.argv[1]}')").fetchall()))
"""
PROJECT = """dlwork: 1
name: big
seed: 1
goal: {metric: accuracy, target: 0.8, budget: {trials: 1}}
task: classification
data: {train: big.csv, target: bought}
"""


def make(path, rows):
    import numpy
    import pandas

    for begin in range(0, rows, BLOCK):
        count = min(BLOCK, rows - begin)
        draw = numpy.random.default_rng(begin)
        age = draw.integers(18, 90, count)
        income = draw.lognormal(10, 0.6, count).round(2)
        visits = draw.poisson(4, count).astype(float)
        visits[draw.random(count) < 0.03] = numpy.nan
        score = draw.normal(0, 1, count).round(12)
        share = draw.beta(2, 5, count).round(5)
        height = draw.normal(172, 9, count).round(1)
        city = draw.choice(["Oslo", "Lima", "San Francisco", "Kyiv", "Rio de Janeiro", "Perth"], count)
        plan = draw.choice(["free", "basic", "full"], count, p=[0.6, 0.3, 0.1])
        day = numpy.datetime64("2020-01-01T00:00:00") + draw.integers(0, 10**8, count)
        member = draw.choice(["true", "false"], count)
        shop = draw.integers(0, 4000, count)
        chance = 1 / (1 + numpy.exp(-(score + 0.03 * (age - 50) + (plan == "full"))))
        bought = numpy.where(draw.random(count) < chance, "yes", "no")
        pandas.DataFrame({"age": age, "income": income, "visits": visits, "score": score,
                          "share": share, "height": height, "city": city, "plan": plan,
                          "day": day, "member": member, "shop": shop, "bought": bought}).to_csv(
            path, mode="a" if begin else "w", header=begin == 0, index=False)


def measure(command, folder):
    """Seconds and highest resident bytes of a process and its children."""
    import time

    start = time.monotonic()
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL,
                               stderr=subprocess.PIPE, text=True)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.monotonic() - start
    code = os.waitstatus_to_exitcode(status)
    if code not in (0, 1):  # 1: the audit's gate failed
        sys.exit(f"{command[0]} ended with {code}: {process.stderr.read()[-2000:]}")
    return {"seconds": round(seconds, 2), "cpu": round(usage.ru_utime + usage.ru_stime, 2),
            "bytes": usage.ru_maxrss * 1024}


def audit(program, folder, csv):
    folder.mkdir(exist_ok=True)
    link = folder / "big.csv"
    if not link.exists():
        link.symlink_to(csv)
    (folder / "project.yaml").write_text(PROJECT)
    return measure([program, "audit", "--force", "--quiet"], folder)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program", type=os.path.abspath)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--folder", type=pathlib.Path, help="keeps the files for another run")
    options = parser.parse_args()
    try:
        import duckdb  # noqa: F401
    except ImportError:
        print("no DuckDB: pip install duckdb")
        sys.exit(77)
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.folder or pathlib.Path(scratch)
        folder.mkdir(exist_ok=True)
        files = {}
        for rows in (options.rows // 10, options.rows):
            files[rows] = folder.resolve() / f"rows-{rows}.csv"
            if not files[rows].exists():
                make(files[rows], rows)
        big = files[options.rows]
        figures = {"rows": options.rows, "file_bytes": big.stat().st_size}
        figures["duckdb"] = measure([sys.executable, "-c", SUMMARIZE, str(big)], folder)
        figures["audit"] = audit(options.program, folder / "all", big)
        figures["audit of a tenth"] = audit(options.program, folder / "tenth",
                                            files[options.rows // 10])
        figures["times duckdb"] = figures["audit"]["seconds"] / figures["duckdb"]["seconds"]
        figures["growth"] = figures["audit"]["seconds"] / figures["audit of a tenth"]["seconds"]
        figures["memory growth"] = figures["audit"]["bytes"] / figures["audit of a tenth"]["bytes"]
        print(json.dumps(figures, indent=1))
    good = (figures["times duckdb"] <= TIMES and figures["audit"]["bytes"] <= MEMORY
            and figures["growth"] <= GROWTH and figures["memory growth"] <= FLAT)
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
