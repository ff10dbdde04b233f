"""What a browser finds on the page that is served while a training runs."""

from chromium import key, open_page, problems, wait_until

# Of the page of a running training.
FOLLOWED = r"""
({
  not_reloaded: window.not_reloaded,
  hidden: document.getElementById("live").hidden,
  state: document.querySelector("#live .state").textContent,
  bar: [document.querySelector("#live progress").value, document.querySelector("#live progress").max],
  figures: Array.from(document.querySelectorAll("#live figure")).map((figure) => ({
    title: figure.querySelector("figcaption").textContent,
    series: Chart.getChart(figure.querySelector("canvas")).data.datasets.map(
      (set) => ({ name: set.label, x: set.data.map((p) => p.x), y: set.data.map((p) => p.y) })),
  })),
})
"""

# Of its plots what their axes show, how many points they have, and whether all can be shown again.
SHOWN = r"""
Array.from(document.querySelectorAll("#live canvas")).map((canvas) => {
  const chart = Chart.getChart(canvas), { x, y } = chart.scales;
  return { x: [x.min, x.max], y: [y.min, y.max], points: chart.data.datasets[0].data.length,
           reset_shown: !canvas.parentNode.querySelector(".reset").hidden };
})
"""


def follow(browser, url):
    def go_on():
        browser.value("fetch('/?seen').then((answer) => answer.text()).then(() => null)")

    open_page(browser, url)
    browser.value("window.not_reloaded = true")
    wait_until(browser, "document.querySelector('#live progress').value === 3")
    wait_until(browser, "document.querySelectorAll('#live canvas').length === 2")
    found = browser.value(FOLLOWED)
    found["shown"] = {"all": browser.value(SHOWN)}
    browser.value("document.querySelector('#live canvas').focus()")
    key(browser, "+")
    found["shown"]["closer"] = browser.value(SHOWN)
    go_on()
    wait_until(browser, "document.querySelector('#live progress').value === 4")
    found["shown"]["kept"] = browser.value(SHOWN)
    key(browser, "0")
    found["shown"]["again"] = browser.value(SHOWN)
    go_on()
    wait_until(browser, "window.not_reloaded === undefined && document.readyState === 'complete'")
    found["afterwards"] = browser.value(
        "({ hidden: document.getElementById('live').hidden, title: document.title })")
    found["problems"] = problems(browser)
    return found
