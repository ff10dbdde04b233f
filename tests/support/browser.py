"""Opens the report's page in a headless Chromium and prints what it finds there as one JSON document.

    browser.py PAGE.html [--screenshot FILE.png WIDTH light|dark]...

Drives the browser by the DevTools protocol over a pipe, with Python's own library alone. Status 77:
no Chromium here.
"""

import base64
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.parse

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

# Asked of the page once it stands: what is there and what it does when it is used.
LOOK = r"""
(async () => {
  const wait = (ms) => new Promise((done) => setTimeout(done, ms));
  const all = (selector) => Array.from(document.querySelectorAll(selector));
  const found = {};
  found.title = document.title;
  found.sections = all("section.phase > h2").map((h) => h.textContent.trim());
  found.scripts_in_data = all("main script:not(.figure-data), main [onload], main [onerror]").length;
  for (const figure of all("figure")) {
    figure.scrollIntoView();
    await wait(30);
  }
  await wait(200);
  const canvases = all("figure canvas");
  // Drawn: not all pixels are alike.
  found.plots = canvases.map((canvas) => {
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    for (let i = 4; i < data.length; i += 4) if (data[i + 3] !== data[3]) return true;
    return false;
  });
  found.matrices = all("svg.plot").filter((svg) => svg.checkVisibility()).length;
  found.wide = document.documentElement.scrollWidth > document.documentElement.clientWidth + 1;

  // Sorting and searching the longest table.
  const tables = all("table.sortable").sort((a, b) => b.rows.length - a.rows.length);
  const table = tables[0];
  const column = Number(table.dataset.testColumn ?? 0);
  const values = () => Array.from(table.tBodies[0].rows).filter((r) => !r.hidden).map((r) => r.cells[column].textContent);
  const head = table.tHead.rows[0].cells[column].querySelector("button");
  head.focus();
  found.head_focused = document.activeElement === head;
  head.click();
  found.ascending = values().map(Number);
  head.click();
  found.descending = values().map(Number);
  found.sort_told = table.tHead.rows[0].cells[column].getAttribute("aria-sort");
  const searches = all(".search");
  const search = searches.find((s) => s.nextElementSibling && s.nextElementSibling.contains(table));
  const input = search.querySelector("input");
  input.value = "trial-77";
  input.dispatchEvent(new Event("input"));
  found.searched = values().length;
  found.search_told = search.querySelector(".count").textContent;
  input.value = "";
  input.dispatchEvent(new Event("input"));
  found.search_cleared = values().length;

  found.unreachable = all("button, a[href], input, summary, canvas").filter((e) => e.tabIndex < 0).length;

  // The legend hides a series.
  const legend = all("figure.live .legend button")[0];
  if (legend) {
    const canvas = legend.closest("figure").querySelector("canvas");
    const chart = Chart.getChart(canvas);
    legend.click();
    found.legend_hides = !chart.isDatasetVisible(0) && legend.getAttribute("aria-pressed") === "false";
    legend.click();
    found.legend_shows = chart.isDatasetVisible(0);
  }
  // A map's two views.
  const map = all("figure").find((figure) => figure.querySelector(".views"));
  found.views = map ? Array.from(map.querySelectorAll(".views button")).map((b) => b.textContent) : [];
  if (map) {
    const [flat, deep] = map.querySelectorAll(".views button");
    const canvas = map.querySelector("canvas"), chart = Chart.getChart(canvas);
    const second = () => { const { x, y } = chart.data.datasets[0].data[1]; return [x, y]; };
    const space = { flat: second() };
    deep.click();
    space.pressed = [flat, deep].map((b) => b.getAttribute("aria-pressed"));
    space.seen = second();
    canvas.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight", shiftKey: true, bubbles: true }));
    space.turned = second();
    canvas.setPointerCapture = () => {};
    const drag = (type, x, y) => canvas.dispatchEvent(new PointerEvent(type, { clientX: x, clientY: y, button: 0, pointerId: 1 }));
    drag("pointerdown", 10, 10);
    drag("pointermove", 60, 30);
    drag("pointerup", 60, 30);
    space.dragged = second();
    const legend = map.querySelector(".legend button");
    legend.click();
    space.hidden = !chart.isDatasetVisible(0);
    legend.click();
    flat.click();
    space.back = second();
    found.space = space;
  }
  // A plot's values as a table.
  const fold = document.querySelector("details.values");
  fold.open = true;
  await wait(50);
  found.values_rows = fold.querySelector("table")?.tBodies[0].rows.length ?? 0;
  fold.open = false;
  window.scrollTo(0, 0);
  return found;
})()
"""

# What stands on paper, where nothing can be pressed, and whether it can be read.
ON_PAPER = r"""
(() => {
  const seen = (selector) => Array.from(document.querySelectorAll(selector)).filter((e) => e.checkVisibility()).length;
  return { drawings: seen("svg.plot"), canvases: seen("canvas"), to_press: seen(".search, .reset, .views, details.values") };
})()
"""
# Of text on its ground, by WCAG 2.
CONTRAST = r"""
(() => {
  const light = (colour) => {
    const [r, g, b] = colour.match(/[\d.]+/g).map((v) => {
      const share = Number(v) / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const root = getComputedStyle(document.documentElement);
  const probe = document.body.appendChild(document.createElement("p"));
  const read = (name) => { probe.style.color = root.getPropertyValue(name); return light(getComputedStyle(probe).color); };
  const ground = read("--surface");
  const contrast = (name) => { const ink = read(name); return (Math.max(ink, ground) + 0.05) / (Math.min(ink, ground) + 0.05); };
  const found = { is_dark: ground < 0.2, least: Math.min(...["--ink", "--soft", "--accent", "--pass", "--warn", "--fail"].map(contrast)) };
  found.least_of_series = Math.min(...Array.from({ length: 10 }, (_, i) => contrast(`--s${i}`)));
  probe.remove();
  return found;
})()
"""

# The first line plot, by keys alone.
KEYS = ("ArrowRight", "ArrowRight", "ArrowDown", "+")
AFTER_KEYS = r"""
(() => {
  const canvas = document.activeElement;
  const chart = Chart.getChart(canvas);
  return {
    focused: canvas.tagName, tip: document.querySelector(".tip").innerText,
    tip_shown: !document.querySelector(".tip").hidden,
    told: canvas.parentNode.querySelector("[aria-live]").textContent,
    zoomed: chart.options.scales.x.max !== undefined,
    reset_shown: !canvas.parentNode.querySelector(".reset").hidden,
  };
})()
"""


class Browser:
    def __init__(self, program, profile):
        to_read, to_write = os.pipe(), os.pipe()
        command = [program, "--headless=new", "--remote-debugging-pipe", "--no-sandbox", "--disable-gpu",
                   "--disable-dev-shm-usage", "--no-first-run", "--no-default-browser-check",
                   "--disable-background-networking", "--disable-component-update",
                   "--disable-extensions", "--hide-scrollbars", f"--user-data-dir={profile}", "about:blank"]

        def place_pipes():
            # The browser reads commands from 3 and writes answers to 4.
            read_end, write_end = os.dup(to_read[0]), os.dup(to_write[1])
            os.dup2(read_end, 3)
            os.dup2(write_end, 4)

        self.process = subprocess.Popen(command, preexec_fn=place_pipes, close_fds=False,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(to_read[0])
        os.close(to_write[1])
        self.out, self.into, self.buffer = to_read[1], to_write[0], b""
        self.events, self.last = [], 0
        target = self.ask("Target.createTarget", {"url": "about:blank"})["targetId"]
        self.session = None
        self.session = self.ask("Target.attachToTarget", {"targetId": target, "flatten": True})["sessionId"]

    def ask(self, method, parameters=None):
        self.last += 1
        message = {"id": self.last, "method": method, "params": parameters or {}}
        if self.last > 2:
            message["sessionId"] = self.session
        os.write(self.out, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.read()
            if answer.get("id") == self.last:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']['message']}")
                return answer["result"]

    def read(self):
        while b"\0" not in self.buffer:
            chunk = os.read(self.into, 1 << 16)
            if not chunk:
                raise RuntimeError("the browser is gone")
            self.buffer += chunk
        text, self.buffer = self.buffer.split(b"\0", 1)
        message = json.loads(text)
        if "method" in message:
            self.events.append(message)
        return message

    def value(self, expression):
        answer = self.ask("Runtime.evaluate", {"expression": expression, "awaitPromise": True, "returnByValue": True})
        if "exceptionDetails" in answer:
            raise RuntimeError(answer["exceptionDetails"]["exception"].get("description", "exception"))
        return answer["result"].get("value")

    def wait_for(self, method):
        while not any(event["method"] == method for event in self.events):
            self.read()

    def close(self):
        self.process.terminate()
        self.process.wait()


def key(browser, name):
    codes = {"+": ("Equal", 187, "+")}
    numbers = {"ArrowRight": 39, "ArrowDown": 40, "Tab": 9}
    code, number, text = codes.get(name, (name, numbers.get(name, 0), ""))
    event = {"key": name, "code": code, "windowsVirtualKeyCode": number}
    browser.ask("Input.dispatchKeyEvent", {**event, "type": "keyDown" if text else "rawKeyDown", "text": text})
    browser.ask("Input.dispatchKeyEvent", {**event, "type": "keyUp"})


def open_page(browser, url):
    for domain in ("Page", "Runtime", "Network", "Log"):
        browser.ask(f"{domain}.enable")
    started = time.monotonic()
    browser.ask("Page.navigate", {"url": url})
    browser.wait_for("Page.loadEventFired")
    return time.monotonic() - started


def problems(browser):
    told = []
    for event in browser.events:
        parameters = event["params"]
        if event["method"] == "Runtime.exceptionThrown":
            details = parameters["exceptionDetails"]
            told.append(details.get("exception", {}).get("description") or details["text"])
        elif event["method"] == "Runtime.consoleAPICalled" and parameters["type"] in ("error", "warning"):
            told.append(str([item.get("value") for item in parameters["args"]]))
        elif event["method"] == "Log.entryAdded" and parameters["entry"]["level"] in ("error", "warning"):
            told.append(parameters["entry"]["text"])
    return told


def requests(browser, url):
    asked = [event["params"]["request"]["url"] for event in browser.events
             if event["method"] == "Network.requestWillBeSent"]
    return [place for place in asked if place != url and not place.startswith("data:")]


def look(browser, url):
    seconds = open_page(browser, url)
    found = browser.value(LOOK)
    found["seconds_to_load"] = seconds
    browser.value("document.querySelector('a[href]').focus()")
    found["tabbed"] = []
    for _ in range(3):
        key(browser, "Tab")
        found["tabbed"].append(browser.value("document.activeElement.tagName"))
    found["by_keys"] = {}
    if browser.value("!!document.querySelector('figure.live canvas')"):
        browser.value("document.querySelector('figure.live canvas').focus()")
        for name in KEYS:
            key(browser, name)
        found["by_keys"] = browser.value(AFTER_KEYS)
    browser.ask("Emulation.setDeviceMetricsOverride",
                {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": True})
    found["wide_on_a_phone"] = browser.value(
        "new Promise((done) => setTimeout(() => done("
        "document.documentElement.scrollWidth > document.documentElement.clientWidth + 1), 500))")
    browser.ask("Emulation.clearDeviceMetricsOverride")
    for scheme in ("light", "dark"):
        browser.ask("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]})
        found[scheme] = browser.value(CONTRAST)
    browser.ask("Emulation.setEmulatedMedia", {"media": "print", "features": []})
    found["on_paper"] = browser.value(ON_PAPER)
    browser.ask("Emulation.setEmulatedMedia", {"media": "", "features": []})
    found["paper_bytes"] = len(base64.b64decode(browser.ask("Page.printToPDF")["data"]))
    found["problems"] = problems(browser)
    found["requests"] = requests(browser, url)
    return found


def take_picture(browser, url, file, width, scheme):
    browser.ask("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]})
    browser.ask("Emulation.setDeviceMetricsOverride",
                {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600})
    browser.events.clear()
    open_page(browser, url)
    browser.value("(async () => { for (const f of document.querySelectorAll('figure')) {"
                  " f.scrollIntoView(); await new Promise((d) => setTimeout(d, 40)); } scrollTo(0, 0);"
                  " await new Promise((d) => setTimeout(d, 300)); })()")
    size = browser.ask("Page.getLayoutMetrics")["cssContentSize"]
    picture = browser.ask("Page.captureScreenshot", {
        "captureBeyondViewport": True,
        "clip": {"x": 0, "y": 0, "width": size["width"], "height": min(size["height"], 12000), "scale": 1}})
    with open(file, "wb") as out:
        out.write(base64.b64decode(picture["data"]))


def main():
    program = next(filter(None, map(shutil.which, NAMES)), None)
    if program is None:
        print("no Chromium here", file=sys.stderr)
        return 77
    page = sys.argv[1]
    url = page if "://" in page else "file://" + urllib.parse.quote(os.path.abspath(page))
    pictures = sys.argv[2:]
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        browser = Browser(program, profile)
        try:
            if not pictures:
                json.dump(look(browser, url), sys.stdout)
            while pictures:
                _, file, width, scheme = pictures[:4]
                pictures = pictures[4:]
                take_picture(browser, url, file, int(width), scheme)
        finally:
            browser.close()
    return 0


sys.exit(main())
