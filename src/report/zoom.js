// How a plot is brought nearer: by dragging over a part, by two fingers, by keys. Of bars, whose other
// axis names them, only the values are; a map in three dimensions does it in its own way.
"use strict";
const dlworkZoom = (() => {
  const kLeast = 8; // pixels of a drag that is meant
  const axesOf = (chart) => (chart.config.type === "bar" ? ["x"] : ["x", "y"]);

  const to = (chart, ranges) => {
    for (const [name, range] of Object.entries(ranges)) {
      const scale = chart.options.scales[name];
      if (range) [scale.min, scale.max] = range;
      else { delete scale.min; delete scale.max; }
    }
    chart.update("none");
    chart.canvas.parentNode.querySelector(".reset").hidden = !Object.values(ranges).some(Boolean);
  };

  // By axis what is shown of it, as its options take it; nothing of an axis that shows all.
  const rangesOf = (chart) => Object.fromEntries(axesOf(chart).map((name) => {
    const { min, max } = chart.options.scales[name];
    return [name, min === undefined ? {} : { min, max }];
  }));

  const showAll = (chart) => (chart.turns ? chart.space.showAll() : to(chart, { x: null, y: null }));

  // What an axis shows now, as a function of the share of its length; of a logarithmic one its decades.
  const valuesOf = (scale) => {
    const [into, out] = scale.type === "logarithmic" ? [Math.log, Math.exp] : [(v) => v, (v) => v];
    const low = into(scale.min), high = into(scale.max);
    return (share) => out(low + share * (high - low));
  };

  const by = (chart, factor) => {
    if (chart.turns) { chart.space.zoomBy(factor); return; }
    to(chart, Object.fromEntries(axesOf(chart).map((name) => {
      const value = valuesOf(chart.scales[name]);
      return [name, [value((1 - factor) / 2), value((1 + factor) / 2)]];
    })));
  };

  const inCanvas = (canvas, { clientX, clientY }) => {
    const area = canvas.getBoundingClientRect();
    return { x: clientX - area.left, y: clientY - area.top };
  };

  const byDragging = (chart, box) => {
    const { canvas } = chart;
    let from = null;
    const span = (event) => {
      const a = from, b = inCanvas(canvas, event);
      const part = { left: Math.min(a.x, b.x), top: Math.min(a.y, b.y), right: Math.max(a.x, b.x), bottom: Math.max(a.y, b.y) };
      if (axesOf(chart).length === 2) return part;
      return { ...part, top: chart.chartArea.top, bottom: chart.chartArea.bottom };
    };
    const isMeant = ({ left, top, right, bottom }) =>
      right - left >= kLeast && bottom - top >= kLeast;
    canvas.addEventListener("pointerdown", (event) => {
      if (event.pointerType === "touch" || event.button !== 0 || chart.turns) return; // a finger scrolls
      from = inCanvas(canvas, event);
      canvas.setPointerCapture(event.pointerId);
    });
    canvas.addEventListener("pointermove", (event) => {
      if (!from) return;
      const part = span(event), { left, top, right, bottom } = part;
      box.hidden = !isMeant(part);
      Object.assign(box.style, { left: `${left}px`, top: `${top}px`, width: `${right - left}px`, height: `${bottom - top}px` });
    });
    canvas.addEventListener("pointerup", (event) => {
      if (!from) return;
      const part = span(event), { x, y } = chart.scales;
      from = null;
      box.hidden = true;
      if (!isMeant(part)) return;
      const ranges = { x: [x.getValueForPixel(part.left), x.getValueForPixel(part.right)],
                       y: [y.getValueForPixel(part.bottom), y.getValueForPixel(part.top)] };
      to(chart, Object.fromEntries(axesOf(chart).map((name) => [name, ranges[name]])));
    });
    canvas.addEventListener("dblclick", () => showAll(chart));
  };

  // What was between two fingers stays between them.
  const byFingers = (chart) => {
    const { canvas } = chart;
    let start = null;
    // Where they are as shares of the axes, whose place changes with what stands beside them.
    const grip = (event) => {
      const [a, b] = Array.from(event.targetTouches, (touch) => inCanvas(canvas, touch));
      const { left, right, top, bottom } = chart.chartArea;
      return { x: ((a.x + b.x) / 2 - left) / (right - left), y: (bottom - (a.y + b.y) / 2) / (bottom - top),
               apart: Math.max(1, Math.hypot(a.x - b.x, a.y - b.y)) };
    };
    canvas.addEventListener("touchstart", (event) => {
      start = null;
      if (event.targetTouches.length !== 2) return;
      event.preventDefault(); // else the page would scroll
      start = { ...grip(event), values: Object.fromEntries(axesOf(chart).map((name) => [name, valuesOf(chart.scales[name])])) };
    }, { passive: false });
    canvas.addEventListener("touchmove", (event) => {
      if (!start) return;
      event.preventDefault();
      const now = grip(event), factor = start.apart / now.apart;
      if (chart.turns) {
        chart.space.zoomBy(factor);
        start.apart = now.apart;
        return;
      }
      to(chart, Object.fromEntries(axesOf(chart).map((name) => {
        const low = start[name] - now[name] * factor;
        return [name, [low, low + factor].map(start.values[name])];
      })));
    }, { passive: false });
    for (const end of ["touchend", "touchcancel"]) canvas.addEventListener(end, () => { start = null; });
  };

  return { by, showAll, rangesOf, byDragging, byFingers };
})();
