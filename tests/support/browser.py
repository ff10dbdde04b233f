"""Opens the report's page in a headless Chromium and prints what it finds there as one JSON document.

    browser.py PAGE.html [--screenshot FILE.png WIDTH light|dark]...
    browser.py PAGE.html --check     whether it opens without a complaint, whatever is on it; else status 1
    browser.py URL --follow          a page that is served while a training of three epochs runs, and of
                                     a fourth once the page has been asked for again

Status 77: no Chromium here.
"""

import base64
import json
import pathlib
import sys
import tempfile
import time

from chromium import Browser, NoBrowser, key, open_page, problems, requests, url_of, wait_until
from live_page import follow

# Asked of the page once it stands: what is there and what it does when it is used.
LOOK = r"""
(async () => {
  const wait = (ms) => new Promise((done) => setTimeout(done, ms));
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  const all = (selector) => Array.from(document.querySelectorAll(selector));
  const found = {};
  found.title = document.title;
  found.sections = all("section.phase > h2").map((h) => h.textContent.trim());
  found.scripts_in_data = all("main script:not(.figure-data), main [onload], main [onerror]").length;
  for (const figure of all("figure")) {
    figure.scrollIntoView();
    // What comes into sight is drawn with the next frame, however long that takes.
    for (let i = 0; i < 3; ++i) await frame();
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

  // What a column says from top to bottom, sorted both ways.
  const sorted = (table, name) => {
    const heads = Array.from(table.tHead.rows[0].cells), column = heads.findIndex((h) => h.textContent === name);
    return ["ascending", "descending"].map(() => {
      heads[column].querySelector("button").click();
      return Array.from(table.rows).slice(1).map((row) => row.cells[column].textContent);
    });
  };
  found.took = sorted(document.querySelector(".runs table"), "took");
  found.summed = sorted(tables.find((t) => t.caption?.textContent === "Layers"), "parameters");

  const of_findings = all('[aria-label="Search the findings"]');
  found.searches = of_findings.length;
  found.hidden_searches = of_findings.filter((s) => !s.checkVisibility()).length;

  // From each finding to its picture.
  found.pictures = [];
  for (const link of all(".see a")) {
    link.click();
    await wait(50);
    const target = document.querySelector(":target"), box = target?.getBoundingClientRect();
    found.pictures.push({
      from: link.closest("section").id, to: target?.id, within: target?.closest("section").id,
      title: target?.querySelector("figcaption").textContent, seen: box && box.top < innerHeight && box.bottom > 0,
    });
  }

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
  // Zoomed by keys in and out and all, an axis of decades.
  const rates = all("figure.live canvas").map((canvas) => Chart.getChart(canvas)).find((c) => c.scales.x.type === "logarithmic");
  if (rates) {
    const press = (key) => {
      rates.canvas.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
      const { x } = rates.options.scales;
      return [x.min ?? null, x.max ?? null];
    };
    found.rates = { all: [rates.scales.x.min, rates.scales.x.max], closer: press("+"), wider: press("-"), again: press("0") };
  }
  // Bars: their values come nearer, their names stay.
  const bars = all("figure.live canvas").map((canvas) => Chart.getChart(canvas)).find((c) => c.config.type === "bar");
  if (bars) {
    const ends = () => ["x", "y"].map((name) => [bars.scales[name].min, bars.scales[name].max]);
    const press = (key) => { bars.canvas.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true })); return ends(); };
    found.bars = { all: ends(), closer: press("+"), again: press("0") };
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
    const far = chart.scales.x.max;
    canvas.dispatchEvent(new KeyboardEvent("keydown", { key: "+", shiftKey: true, bubbles: true }));
    space.closer = chart.scales.x.max / far;
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
PLOT = r"""
(() => {
  const canvas = document.querySelector("figure.live canvas"), chart = Chart.getChart(canvas);
  const holder = canvas.parentNode, { x, y } = chart.options.scales;
  return {
    focused: document.activeElement.tagName, tip: document.querySelector(".tip").innerText,
    tip_shown: !document.querySelector(".tip").hidden,
    told: holder.querySelector("[aria-live]").textContent, zoomed: x.max !== undefined,
    seen: ["x", "y"].map((name) => [chart.scales[name].min, chart.scales[name].max]),
    x: [x.min, x.max], y: [y.min, y.max], reset_shown: !holder.querySelector(".reset").hidden,
  };
})()
"""

# Where a pointer goes to in it: a point's values, and the corners of a part.
PLACES = r"""
(() => {
  const canvas = document.querySelector("figure.live canvas"), { x, y } = Chart.getChart(canvas).scales;
  canvas.scrollIntoView({ block: "center", behavior: "instant" });
  const box = canvas.getBoundingClientRect();
  const at = (right, up) => [box.left + x.getPixelForValue(right), box.top + y.getPixelForValue(up)];
  return { point: at(100, 100), from: at(50, 120), to: at(150, 40) };
})()
"""

MIDDLE = r"""
(() => {
  const found = %s;
  found.scrollIntoView({ block: "center", behavior: "instant" });
  const box = found.getBoundingClientRect();
  return [box.left + box.width / 2, box.top + box.height / 2];
})()
"""

# The first matrix on the screen, and what it shows: from which column and row to which.
MATRIX = r"""
(() => {
  const surface = document.querySelector(".chart > svg"), holder = surface.parentNode;
  const cells = surface.querySelector(".cells"), rects = Array.from(cells.querySelectorAll("rect"));
  const names = (way) => Array.from(surface.querySelectorAll(`.${way} text`));
  const range = (place, length, count) => {
    const [first, last] = [rects[0], rects.at(-1)].map((rect) => rect[place].baseVal.value);
    const each = (last - first) / (count - 1), low = -first / each;
    return [low, low + cells[length].baseVal.value / each];
  };
  const seen = (way) => names(way).filter((text) => text.checkVisibility()).map((text) => text.textContent);
  const tip = document.querySelector(".tip");
  return {
    columns: range("x", "width", names("columns").length), rows: range("y", "height", names("rows").length),
    column_names: seen("columns"), row_names: seen("rows"),
    numbers: cells.querySelector("text").checkVisibility(),
    focused: document.activeElement === surface, told: holder.querySelector("[aria-live]").textContent,
    tip: tip.hidden ? null : tip.innerText, reset_shown: !holder.querySelector(".reset").hidden,
  };
})()
"""

# Places in it, named by column and row, also between cells.
CELLS = r"""
(() => {
  const surface = document.querySelector(".chart > svg"), cells = surface.querySelector(".cells");
  surface.scrollIntoView({ block: "center", behavior: "instant" });
  const box = surface.getBoundingClientRect(), scale = box.width / surface.viewBox.baseVal.width;
  const count = (way) => surface.querySelectorAll(`.${way} text`).length;
  const [left, top, width, height] = ["x", "y", "width", "height"].map((name) => cells[name].baseVal.value * scale);
  const at = (column, row) => [box.left + left + column / count("columns") * width, box.top + top + row / count("rows") * height];
  return { cell: at(20.5, 3.5), from: at(10, 3), to: at(20, 9), fingers: [at(15, 6), at(25, 6)], apart: [at(10, 6), at(30, 6)] };
})()
"""

# All that can be pressed or typed into; `reached` fills as the focus wanders.
CONTROLS = r"""
(() => {
  const all = "a[href], button, input, summary, canvas, [tabindex='0']";
  window.controls = Array.from(document.querySelectorAll(all)).filter((e) => e.checkVisibility());
  window.reached = new Set();
  document.addEventListener("focusin", (event) => reached.add(event.target));
  document.activeElement.blur();
  controls[0].focus();
  return controls.length;
})()
"""
UNREACHED = r"""
controls.filter((e) => !reached.has(e)).map((e) => `${e.tagName} ${e.className} ${e.textContent.slice(0, 40)}`)
"""


def by_keys(browser):
    browser.value("document.querySelector('figure.live canvas').focus()")
    for name in KEYS:
        key(browser, name)
    found = browser.value(PLOT)
    key(browser, "Escape")
    found["shown_again"] = not browser.value(PLOT)["zoomed"]
    return found


def by_pointer(browser):
    """Hover over a point, drag over a part, press the button that shows all again."""
    places = browser.value(PLACES)
    browser.pointer("mouseMoved", *places["point"])
    found = {"tip": browser.value(PLOT)["tip"]}
    browser.drag(places["from"], places["to"])
    found["dragged"] = browser.value(PLOT)
    browser.click(*browser.value(MIDDLE % "document.querySelector('figure.live .reset')"))
    found["reset"] = browser.value(PLOT)
    return found


def by_fingers(browser):
    """Two fingers on a plot, which move apart, then aside together, and leave it."""
    places = browser.value(PLACES)
    (left, top), (right, bottom) = places["from"], places["to"]
    middle, height = (left + right) / 2, (top + bottom) / 2

    def touch(kind, *across):
        browser.touch(kind, *((x, height) for x in across))
        return browser.value(PLOT)

    reach = (right - left) / 4
    touch("touchStart", middle - reach, middle + reach)
    found = {"apart": touch("touchMove", middle - 2 * reach, middle + 2 * reach),
             "aside": touch("touchMove", middle - reach, middle + 3 * reach)}
    touch("touchEnd")
    browser.click(*browser.value(MIDDLE % "document.querySelector('figure.live .reset')"))
    found["again"] = browser.value(PLOT)
    return found


def matrix(browser):
    """By keys, by the pointer and by two fingers."""
    found = {"all": browser.value(MATRIX)}
    browser.value("document.querySelector('.chart > svg').focus()")
    for name, keys in (("closer", "+"), ("stepped", ("ArrowRight", "ArrowDown")), ("followed", ("ArrowLeft",)),
                       ("again", "0"), ("wider", "-")):
        for each in keys:
            key(browser, each)
        found[name] = browser.value(MATRIX)
    browser.value("document.activeElement.blur()")
    places = browser.value(CELLS)
    reset = MIDDLE % "document.querySelector('.chart > svg').parentNode.querySelector('.reset')"
    browser.pointer("mouseMoved", *places["cell"])
    found["over"] = browser.value(MATRIX)
    browser.drag(places["from"], places["to"])
    found["dragged"] = browser.value(MATRIX)
    browser.click(*browser.value(reset))
    found["reset"] = browser.value(MATRIX)
    places = browser.value(CELLS)
    browser.touch("touchStart", *places["fingers"])
    browser.touch("touchMove", *places["apart"])
    found["apart"] = browser.value(MATRIX)
    browser.touch("touchEnd")
    browser.click(*browser.value(reset))
    return found


def search_findings(browser, words):
    browser.click(*browser.value(MIDDLE % "document.querySelector('[aria-label=\"Search the findings\"]')"))
    browser.ask("Input.insertText", {"text": words})
    found = browser.value(
        "(() => { const line = document.activeElement.parentNode, section = line.closest('section');"
        " return { told: line.querySelector('.count').textContent, shown: Array.from("
        "section.querySelectorAll('.finding')).filter((f) => f.checkVisibility()).map((f) =>"
        " f.querySelector('code').textContent) }; })()")
    browser.value("document.activeElement.select()")
    browser.ask("Input.insertText", {"text": ""})
    key(browser, "Backspace")
    return found


def save_values(browser):
    """The first plot's values as the file that the browser keeps."""
    browser.value("document.querySelector('details.values').open = true")
    wait_until(browser, "!!document.querySelector('button.csv')")
    with tempfile.TemporaryDirectory() as folder:
        browser.ask("Page.setDownloadBehavior", {"behavior": "allow", "downloadPath": folder})
        browser.click(*browser.value(MIDDLE % "document.querySelector('button.csv')"))
        end = time.monotonic() + 10
        while time.monotonic() < end:
            files = [f for f in pathlib.Path(folder).iterdir() if f.suffix == ".csv"]
            if files and files[0].stat().st_size > 0:
                return {"name": files[0].name, "text": files[0].read_text(encoding="utf-8")}
            time.sleep(0.05)
    return None


def check(browser, url):
    seconds = open_page(browser, url)
    figures = browser.value(
        "(async () => { const figures = Array.from(document.querySelectorAll('figure'));"
        " for (const f of figures) { f.scrollIntoView(); await new Promise((d) => setTimeout(d, 20)); }"
        " await new Promise((d) => setTimeout(d, 200)); return figures.length; })()")
    return {"seconds_to_load": seconds, "figures": figures, "problems": problems(browser),
            "requests": requests(browser, url)}


def look(browser, url):
    seconds = open_page(browser, url)
    found = browser.value(LOOK)
    found["seconds_to_load"] = seconds
    if browser.value("!!document.querySelector('figure.live canvas')"):
        found["by_keys"] = by_keys(browser)
        found["by_pointer"] = by_pointer(browser)
        found["by_fingers"] = by_fingers(browser)
    found["matrix"] = matrix(browser)
    found["findings"] = search_findings(browser, "finding-7")
    found["saved"] = save_values(browser)
    found["controls"] = browser.value(CONTROLS)
    for _ in range(found["controls"] + 50):  # what scrolls is stopped at too
        key(browser, "Tab")
    found["unreached"] = browser.value(UNREACHED)
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
    url, asked = url_of(sys.argv[1]), sys.argv[2:]
    try:
        with Browser() as browser:
            if asked == ["--check"]:
                found = check(browser, url)
                json.dump(found, sys.stdout)
                return 1 if found["problems"] or found["requests"] else 0
            if asked == ["--follow"]:
                json.dump(follow(browser, url), sys.stdout)
            elif not asked:
                json.dump(look(browser, url), sys.stdout)
            else:
                for i in range(0, len(asked), 4):
                    file, width, scheme = asked[i + 1:i + 4]
                    take_picture(browser, url, file, int(width), scheme)
    except NoBrowser as problem:
        print(problem, file=sys.stderr)
        return 77
    return 0


sys.exit(main())
