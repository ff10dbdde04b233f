#!/usr/bin/env python3
"""How long a diagnosis takes whose network is trained already, on this machine.

    diagnose.py build/release/bin/dlwork PROJECT_FOLDER [--repeats 3] [--keep-trainings]

The folder holds project.yaml, its data, and a workspace in which `baseline` and `diagnose` have run.
The workspace is copied to a temporary folder and the rest is linked to, so that nothing changes in
the project. A first diagnosis trains the network and all beside it anew: how long it takes depends on
the network, and is told without a limit. Each repeat then takes the network of the last diagnosis, and
does its further trainings anew; with --keep-trainings it finds those in the cache too. Median of the repeats, lowest and highest in
brackets. Ends with status 1 where the median is above 120 s.
"""
import argparse
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

LIMIT = 120.0
WORKSPACE = ".dlwork"
TAKEN = "the network of the last diagnosis, which is the same"


def copy_project(project, folder):
    if not (project / WORKSPACE / "diagnose" / "latest").exists():
        sys.exit(f"{project}: no diagnosis has run there yet; run dlwork diagnose first")
    for entry in project.iterdir():
        if entry.name != WORKSPACE:
            (folder / entry.name).symlink_to(entry)
    shutil.copytree(project / WORKSPACE, folder / WORKSPACE, symlinks=True)


def diagnose(program, folder):
    """Seconds that it took, and what it said."""
    start = time.perf_counter()
    done = subprocess.run([program, "diagnose"], cwd=folder, capture_output=True, text=True)
    spent = time.perf_counter() - start
    if done.returncode > 1:
        sys.exit(f"dlwork diagnose ended with {done.returncode}: {done.stderr.strip()}")
    return spent, done.stdout + done.stderr


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", type=pathlib.Path)
    parser.add_argument("project", type=pathlib.Path)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--keep-trainings", action="store_true")
    options = parser.parse_args()
    program, seconds = options.program.resolve(), []
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        copy_project(options.project.resolve(), folder)
        for cache in ("diagnosed", "diagnose"):
            shutil.rmtree(folder / WORKSPACE / "cache" / cache, ignore_errors=True)
        first, said = diagnose(program, folder)
        if TAKEN in said:
            sys.exit("the network was not trained, so this tells of another case")
        for _ in range(options.repeats):
            if not options.keep_trainings:
                shutil.rmtree(folder / WORKSPACE / "cache" / "diagnose", ignore_errors=True)
            spent, said = diagnose(program, folder)
            if TAKEN not in said:
                sys.exit("the network was trained again, so this tells of another case")
            seconds.append(spent)
    print(f"diagnose, the first time  {first:8.1f} s, the network's training with it", flush=True)
    median = statistics.median(seconds)
    print(f"diagnose, network trained {median:8.1f} s [{min(seconds):.1f}, {max(seconds):.1f}]"
          f"   limit {LIMIT:.0f} s", flush=True)
    return 0 if median <= LIMIT else 1


if __name__ == "__main__":
    sys.exit(main())
