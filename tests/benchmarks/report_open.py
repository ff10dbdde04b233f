#!/usr/bin/env python3
"""How long a large report takes to open: 200 trials, 60 findings and every kind of figure, in Chromium.

    report_open.py --page build/release/bin/report_page [--runs 5]
    report_open.py --html .dlwork/report/index.html        any other page

Opens the page in a browser of its own each time, after one that warms the disk, and prints the seconds
until it has loaded and until the figures in sight are drawn, as medians with their ranges. Ends with
status 1 where the median until all is drawn is above 2 s, and with 77 where there is no Chromium.
"""
import argparse
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from chromium import Browser, NoBrowser, open_page, url_of  # noqa: E402

MOST = 2.0

# Two frames after loading the figures in sight are on the screen.
DRAWN = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))"


def open_once(page):
    with Browser() as browser:
        started = time.monotonic()
        loaded = open_page(browser, url_of(page))
        browser.value(DRAWN)
        return loaded, time.monotonic() - started


def told(seconds):
    return f"{statistics.median(seconds):.3f} s [{min(seconds):.3f}, {max(seconds):.3f}]"


def measure(page, runs):
    open_once(page)
    times = [open_once(page) for _ in range(runs)]
    loaded, drawn = zip(*times)
    print(f"{os.path.getsize(page) / 1024:.0f} KiB, {runs} runs on {platform.machine()}, {os.cpu_count()} processors: "
          f"loaded {told(loaded)}, drawn {told(drawn)}")
    return statistics.median(drawn)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--page", help="the program that writes the page")
    parser.add_argument("--html", help="a page that is there already")
    parser.add_argument("--runs", type=int, default=5)
    arguments = parser.parse_args()
    if bool(arguments.page) == bool(arguments.html):
        parser.error("one of --page and --html")
    try:
        if arguments.html:
            return 1 if measure(arguments.html, arguments.runs) > MOST else 0
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run([arguments.page, folder], check=True)
            return 1 if measure(os.path.join(folder, "index.html"), arguments.runs) > MOST else 0
    except NoBrowser as problem:
        print(problem, file=sys.stderr)
        return 77


sys.exit(main())
