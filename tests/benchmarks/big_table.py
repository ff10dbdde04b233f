#!/usr/bin/env python3
"""A full audit of a large CSV file against DuckDB's SUMMARIZE of the same file in the same run.

    $DLWORK_PEERS_PYTHON tests/benchmarks/big_table.py build/release/bin/dlwork [--rows 10000000]
        [--threads 2] [--ydata PYTHON]

Makes a file of that many rows and 12 columns (numbers, whole numbers, categories, a date, a truth
value, gaps, a few wrong cells), runs both on it with the same number of threads, and the audit on a
tenth of it. Prints seconds and the highest resident memory of each. With --ydata, that Python's
ydata-profiling makes its minimal report of a hundredth of the rows, and 100 times its seconds are
held against the audit's. Ends with status 1 where the audit takes more than 3 times DuckDB's time or
more than 1 GiB, where ten times the rows take more than 11 times the time or more than 1.1 times the
memory, or where ydata-profiling takes less than 20 times as long; with 77 where there is no DuckDB.
"""
import argparse
import importlib.util
import json
import multiprocessing
import os
import pathlib
import subprocess
import sys
import tempfile
import time

TIMES, MEMORY, GROWTH, FLAT = 3.0, 1 << 30, 11.0, 1.1
YDATA_TIMES, YDATA_SHARE = 20.0, 100
BLOCK = 250_000
AUDIT_ENDS = (0, 1)  # 1: its gate failed
SUMMARIZE = """
import duckdb, sys
connection = duckdb.connect(config={"threads": int(sys.argv[2])})
print(len(connection.execute(f"SUMMARIZE SELECT * FROM read_csv('{sys.argv[1]}')").fetchall()))
"""
# Its own seconds, without those of the import, which do not grow with the rows.
YDATA = """
import sys, time
import pandas
from ydata_profiling import ProfileReport
start = time.monotonic()
frame = pandas.read_csv(sys.argv[1])
ProfileReport(frame, minimal=True, progress_bar=False, pool_size=int(sys.argv[2])).to_html()
print("seconds", time.monotonic() - start)
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
        age[draw.random(count) < 1e-4] = 999  # nobody's
        pandas.DataFrame({"age": age, "income": income, "visits": visits, "score": score,
                          "share": share, "height": height, "city": city, "plan": plan,
                          "day": day, "member": member, "shop": shop, "bought": bought}).to_csv(
            path, mode="a" if begin else "w", header=begin == 0, index=False)


def make_apart(path, rows):
    """In a process of its own: what this one held counts into those that `measure` starts."""
    maker = multiprocessing.get_context("spawn").Process(target=make, args=(path, rows))
    maker.start()
    maker.join()
    if maker.exitcode != 0:
        path.unlink(missing_ok=True)
        sys.exit(f"the file of {rows} rows was not made")


def measure(command, folder, allowed=(0,)):
    """Seconds and highest resident bytes of a process and its children; `allowed`: how it may end."""
    with tempfile.TemporaryFile() as told:  # a pipe that nobody reads would fill up
        start = time.monotonic()
        process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=told)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.monotonic() - start
        code = os.waitstatus_to_exitcode(status)
        if code not in allowed:
            told.seek(0)
            text = told.read().decode(errors="replace")
            sys.exit(f"{command[0]} ended with {code}: {text[-2000:]}")
    return {"seconds": round(seconds, 2), "cpu": round(usage.ru_utime + usage.ru_stime, 2),
            "bytes": usage.ru_maxrss * 1024}


def ydata_seconds(python, csv, threads):
    """Of the minimal report of a file; None where ydata-profiling is not installed."""
    if subprocess.run([python, "-c", "import ydata_profiling"], capture_output=True).returncode != 0:
        print(f"SKIPPED: {python} has no ydata-profiling")
        return None
    done = subprocess.run([python, "-c", YDATA, str(csv), str(threads)], capture_output=True,
                          text=True)
    told = [line for line in done.stdout.splitlines() if line.startswith("seconds ")]
    if done.returncode != 0 or not told:
        sys.exit(f"ydata-profiling ended with {done.returncode}: {done.stderr[-2000:]}")
    return float(told[-1].split()[1])


def audit(program, folder, csv, threads):
    folder.mkdir(exist_ok=True)
    link = folder / "big.csv"
    if not link.exists():
        link.symlink_to(csv)
    (folder / "project.yaml").write_text(PROJECT)
    return measure([program, "audit", "--force", "--quiet", "--threads", str(threads)], folder,
                   allowed=AUDIT_ENDS)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program", type=os.path.abspath)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--threads", type=int, default=2, help="of the audit and of the others")
    parser.add_argument("--ydata", metavar="PYTHON", help="a Python that has ydata-profiling")
    parser.add_argument("--folder", type=pathlib.Path, help="keeps the files for another run")
    options = parser.parse_args()
    if importlib.util.find_spec("duckdb") is None:
        print("no DuckDB: pip install duckdb")
        sys.exit(77)
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.folder or pathlib.Path(scratch)
        folder.mkdir(exist_ok=True)
        files = {}
        sizes = [options.rows // 10, options.rows]
        if options.ydata:
            sizes.append(options.rows // YDATA_SHARE)
        for rows in sizes:
            files[rows] = folder.resolve() / f"rows-{rows}.csv"
            if not files[rows].exists():
                make_apart(files[rows], rows)
        big = files[options.rows]
        figures = {"rows": options.rows, "file_bytes": big.stat().st_size,
                   "threads": options.threads}
        figures["duckdb"] = measure(
            [sys.executable, "-c", SUMMARIZE, str(big), str(options.threads)], folder)
        figures["audit"] = audit(options.program, folder / "all", big, options.threads)
        figures["audit of a tenth"] = audit(options.program, folder / "tenth",
                                            files[options.rows // 10], options.threads)
        figures["times duckdb"] = figures["audit"]["seconds"] / figures["duckdb"]["seconds"]
        figures["growth"] = figures["audit"]["seconds"] / figures["audit of a tenth"]["seconds"]
        figures["memory growth"] = figures["audit"]["bytes"] / figures["audit of a tenth"]["bytes"]
        if options.ydata:
            seconds = ydata_seconds(options.ydata, files[options.rows // YDATA_SHARE],
                                    options.threads)
            if seconds is not None:
                figures["ydata of a hundredth"] = round(seconds, 2)
                figures["ydata to audit"] = YDATA_SHARE * seconds / figures["audit"]["seconds"]
        print(json.dumps(figures, indent=1))
    good = (figures["times duckdb"] <= TIMES and figures["audit"]["bytes"] <= MEMORY
            and figures["growth"] <= GROWTH and figures["memory growth"] <= FLAT
            and figures.get("ydata to audit", YDATA_TIMES) >= YDATA_TIMES)
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
