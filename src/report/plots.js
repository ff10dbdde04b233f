// Plots that can be zoomed and asked for values, drawn by Chart.js from the data beside each drawing
// once they come into sight. Without Chart.js, without scripts and on paper the drawings stay.
"use strict";
(() => {
  const kColours = 10;
  const kShapes = ["circle", "rect", "triangle", "rectRot"];
  const kMostMarkers = 60; // points of a line that are marked; more would hide it
  const { make } = dlworkPage;
  // Where colours begin again, other shapes.
  const shapeOf = (index) => kShapes[(index + Math.floor(index / kColours)) % kShapes.length];

  const digits = new Intl.NumberFormat("en", { maximumSignificantDigits: 7, useGrouping: false });
  const show = (value) => (typeof value === "number" && !Number.isNaN(value) ? digits.format(value) : "-");

  // --- Colours of the theme ---------------------------------------------------------------------

  const theme = () => {
    const style = getComputedStyle(document.documentElement);
    const read = (name) => style.getPropertyValue(name).trim();
    return {
      ink: read("--ink"), soft: read("--soft"), rule: read("--rule"), surface: read("--surface"),
      series: Array.from({ length: kColours }, (_, i) => read(`--s${i}`)),
    };
  };

  const faded = (colour, share) => {
    const value = parseInt(colour.slice(1), 16);
    return `rgba(${value >> 16}, ${(value >> 8) & 255}, ${value & 255}, ${share})`;
  };

  // --- From a figure's data to Chart.js -----------------------------------------------------------

  const number = (value) => (value === null ? NaN : value);
  const points = (series, values) => series.x.map((x, i) => ({ x: number(x), y: number(values[i]) }));

  const lineSets = (series, index, colours) => {
    const colour = colours.series[index % kColours];
    const sets = [];
    if (series.low) {
      const edge = { borderWidth: 0, pointRadius: 0, pointHitRadius: 0, extra: true, series: index };
      sets.push({ ...edge, data: points(series, series.low), fill: false });
      sets.push({ ...edge, data: points(series, series.high), fill: "-1",
                  backgroundColor: faded(colour, 0.16) });
    }
    sets.push({
      label: series.name, series: index, data: points(series, series.y), borderColor: colour,
      backgroundColor: colour, borderWidth: 2, pointStyle: shapeOf(index),
      pointRadius: series.x.length > kMostMarkers ? 0 : 3, pointHoverRadius: 5, fill: false,
    });
    return sets;
  };

  const cloudSets = (series, index, colours) => {
    const colour = colours.series[index % kColours];
    return [{
      label: series.name, series: index, data: points(series, series.y), showLine: false,
      pointStyle: shapeOf(index), borderWidth: 0, pointHoverRadius: 6,
      pointRadius: series.x.length > 800 ? 2.5 : 3.5, backgroundColor: faded(colour, 0.6),
      pointHoverBackgroundColor: colour,
    }];
  };

  const stepSets = (data, series, index, colours) => {
    const colour = colours.series[index % kColours];
    const steps = data.edges.map((x, i) => ({ x, y: number(series.y[Math.min(i, series.y.length - 1)]) }));
    return [{
      label: series.name, series: index, data: steps, stepped: true, borderColor: colour,
      borderWidth: 1.5, backgroundColor: faded(colour, 0.3), fill: "origin", pointRadius: 0,
      pointHoverRadius: 4, pointHoverBackgroundColor: colour,
    }];
  };

  const barSets = (series, index, colours) => [{
    label: series.name, series: index, data: series.y, backgroundColor: colours.series[index % kColours],
    maxBarThickness: 18,
  }];

  const sets = (data, colours) => data.series.flatMap((series, i) => {
    if (data.kind === "lines") return lineSets(series, i, colours);
    if (data.kind === "histogram") return stepSets(data, series, i, colours);
    if (data.kind === "bars") return barSets(series, i, colours);
    return cloudSets(series, i, colours);
  });

  const axis = (label, colours, more) => ({
    title: { display: label !== "", text: label, color: colours.soft },
    grid: { color: colours.rule, borderColor: colours.soft },
    ticks: { color: colours.soft, maxRotation: 0 },
    ...more,
  });

  const finite = (list) => list.filter((value) => typeof value === "number");

  // The same range on both axes where a diagonal is drawn; room for marks.
  const limits = (data) => {
    if (data.kind === "histogram") return { y: { beginAtZero: true } };
    const range = (values) => (values.length ? { suggestedMin: Math.min(...values), suggestedMax: Math.max(...values) } : {});
    const marks = data.marks ?? [];
    if (!data.diagonal) return { x: range(finite(marks.map((m) => m.x))), y: range(finite(marks.map((m) => m.y))) };
    let low = Infinity, high = -Infinity;
    for (const series of data.series) {
      for (const value of [...finite(series.x), ...finite(series.y)]) {
        low = Math.min(low, value);
        high = Math.max(high, value);
      }
    }
    return { x: { suggestedMin: low, suggestedMax: high }, y: { suggestedMin: low, suggestedMax: high } };
  };

  const scales = (data, colours) => {
    if (data.kind === "bars") {
      return { x: axis(data.y_label, colours, { beginAtZero: true }),
               y: axis("", colours, { grid: { display: false }, ticks: { color: colours.ink, autoSkip: false } }) };
    }
    const whole = data.kind === "lines" && data.series.every((s) => s.x.every((x) => Number.isInteger(x)));
    const { x, y } = limits(data);
    const plain = data.kind === "embedding" ? { ticks: { display: false } } : {};
    const xAxis = axis(data.x_label, colours, { type: data.log_x ? "logarithmic" : "linear", ...plain, ...x });
    if (whole) xAxis.ticks = { ...xAxis.ticks, precision: 0 };
    return { x: xAxis, y: axis(data.y_label, colours, { ...plain, ...y }) };
  };

  // Lines across the plot, and y = x, under the data.
  const marksPlugin = (data, colours) => ({
    id: "marks",
    beforeDatasetsDraw: (chart) => {
      const { ctx, chartArea: area, scales: { x, y } } = chart;
      const line = (x1, y1, x2, y2) => { ctx.beginPath(); ctx.moveTo(x1, y1); ctx.lineTo(x2, y2); ctx.stroke(); };
      ctx.save();
      ctx.beginPath();
      ctx.rect(area.left, area.top, area.width, area.height);
      ctx.clip();
      Object.assign(ctx, { strokeStyle: colours.soft, fillStyle: colours.ink, lineWidth: 1.2, font: "12px system-ui, sans-serif" });
      ctx.setLineDash([5, 4]);
      if (data.diagonal) {
        const [low, high] = [Math.min(x.min, y.min), Math.max(x.max, y.max)];
        line(x.getPixelForValue(low), y.getPixelForValue(low), x.getPixelForValue(high), y.getPixelForValue(high));
      }
      for (const mark of data.marks ?? []) {
        if (mark.y !== null) {
          const at = y.getPixelForValue(mark.y);
          line(area.left, at, area.right, at);
          ctx.fillText(mark.label, area.left + 5, at - 5 < area.top + 10 ? at + 14 : at - 5);
        } else if (mark.x !== null) {
          const at = x.getPixelForValue(mark.x);
          line(at, area.top, at, area.bottom);
          ctx.fillText(mark.label, at + 5, area.top + 12);
        }
      }
      ctx.restore();
    },
  });

  // --- What a point says --------------------------------------------------------------------------

  const tileOf = (figure, data, series, index) => {
    const sprite = figure.querySelector("img.sprite");
    const number = series.tiles?.[index];
    if (!sprite || !data.tile || typeof number !== "number") return null;
    const { width, height, columns } = data.tile;
    const zoom = Math.max(1, Math.floor(84 / Math.max(width, height)));
    const tile = make("canvas", "tile");
    [tile.width, tile.height] = [width * zoom, height * zoom];
    const ctx = tile.getContext("2d");
    ctx.imageSmoothingEnabled = false;
    ctx.drawImage(sprite, (number % columns) * width, Math.floor(number / columns) * height, width, height,
                  0, 0, tile.width, tile.height);
    return tile;
  };

  const words = (data, seriesIndex, index) => {
    const series = data.series[seriesIndex];
    const head = series.name && data.series.length > 1 ? [series.name] : [];
    if (data.kind === "bars") return [data.labels[index], ...head, `${data.y_label} ${show(series.y[index])}`];
    if (data.kind === "histogram") {
      const bin = Math.min(index, series.y.length - 1);
      return [...head, `${data.x_label} ${show(data.edges[bin])} to ${show(data.edges[bin + 1])}`,
              `${data.y_label} ${show(series.y[bin])}`];
    }
    const lines = [...(series.name ? [series.name] : [])];
    if (series.labels) lines.push(series.labels[index]);
    if (data.kind === "embedding") return lines;
    lines.push(`${data.x_label || "x"} ${show(series.x[index])}, ${data.y_label || "y"} ${show(series.y[index])}`);
    if (series.low && series.low[index] !== null) {
      lines.push(`${show(series.low[index])} to ${show(series.high[index])}`);
    }
    return lines;
  };

  // --- One figure ---------------------------------------------------------------------------------

  const charts = [];

  const configure = (figure, data, live) => {
    const colours = theme();
    const axisOf = { lines: "x", histogram: "x", bars: "y" };
    const external = ({ chart, tooltip }) => {
      const item = tooltip.dataPoints?.find((p) => !chart.data.datasets[p.datasetIndex].extra);
      if (tooltip.opacity === 0 || !item) { dlworkTip.hide(); return; }
      const series = chart.data.datasets[item.datasetIndex].series;
      const lines = tooltip.dataPoints.length > 1 && data.kind === "lines"
        ? [`${data.x_label || "x"} ${show(data.series[series].x[item.dataIndex])}`,
           ...tooltip.dataPoints.filter((p) => !chart.data.datasets[p.datasetIndex].extra)
             .map((p) => `${p.dataset.label || data.y_label} ${show(p.parsed.y)}`)]
        : words(data, series, item.dataIndex);
      dlworkTip.fill(lines, tileOf(figure, data, data.series[series], item.dataIndex));
      live.textContent = live.dataset.on ? lines.join(", ") : "";
      const box = chart.canvas.getBoundingClientRect();
      dlworkTip.place(box.left + window.scrollX + tooltip.caretX, box.top + window.scrollY + tooltip.caretY);
    };
    return {
      type: data.kind === "bars" ? "bar" : data.kind === "scatter" || data.kind === "embedding" ? "scatter" : "line",
      data: { labels: data.labels, datasets: sets(data, colours) },
      plugins: [marksPlugin(data, colours)],
      options: {
        animation: false, responsive: true, maintainAspectRatio: false, locale: "en",
        parsing: data.kind === "bars" ? undefined : false,
        indexAxis: data.kind === "bars" ? "y" : "x",
        interaction: data.kind === "lines" ? { mode: "x-nearest", intersect: false }
          : { mode: "nearest", intersect: false, axis: axisOf[data.kind] ?? "xy" },
        scales: scales(data, colours),
        plugins: { legend: { display: false }, decimation: { enabled: false },
                   tooltip: { enabled: false, external } },
      },
    };
  };

  // Of each visible line its point nearest in x, so that lines of other x stay apart.
  const nearestInX = (chart, event, options, useFinalPosition) => {
    const modes = Chart.Interaction.modes;
    const [first] = modes.nearest(chart, event, { axis: "x", intersect: false }, useFinalPosition)
      .filter((item) => !chart.data.datasets[item.datasetIndex].extra);
    if (!first) return [];
    const x = chart.data.datasets[first.datasetIndex].data[first.index].x;
    const items = [];
    chart.data.datasets.forEach((set, datasetIndex) => {
      if (set.extra || !chart.isDatasetVisible(datasetIndex)) return;
      const index = set.data.findIndex((point) => point.x === x && !Number.isNaN(point.y));
      if (index >= 0) items.push({ datasetIndex, index, element: chart.getDatasetMeta(datasetIndex).data[index] });
    });
    return items;
  };

  // Through points and series.
  const stepper = (chart, live) => {
    let set = 0, index = -1;
    const visible = () => chart.data.datasets.map((d, i) => i).filter((i) => !chart.data.datasets[i].extra && chart.isDatasetVisible(i));
    chart.canvas.addEventListener("blur", () => {
      delete live.dataset.on;
      dlworkTip.hide();
    });
    return (by, other) => {
      const sets = visible();
      if (sets.length === 0) return;
      const now = Math.max(0, sets.indexOf(set));
      set = sets[(now + other + sets.length) % sets.length];
      const count = chart.data.datasets[set].data.length;
      index = Math.max(0, Math.min(count - 1, index + by));
      const active = [{ datasetIndex: set, index }];
      const element = chart.getDatasetMeta(set).data[index];
      live.dataset.on = "yes";
      chart.setActiveElements(active);
      chart.tooltip.setActiveElements(active, { x: element.x, y: element.y });
      chart.update("none");
    };
  };

  // What an axis shows now, as a function of the share of its length; of a logarithmic one its decades.
  const valuesOf = (scale) => {
    const [into, out] = scale.type === "logarithmic" ? [Math.log, Math.exp] : [(v) => v, (v) => v];
    const low = into(scale.min), high = into(scale.max);
    return (share) => out(low + share * (high - low));
  };

  // Of bars, whose other axis names them, only the values are zoomed.
  const axesOf = (chart) => (chart.config.type === "bar" ? ["x"] : ["x", "y"]);

  // By axis what is shown of it, as its options take it; nothing of an axis that shows all.
  const rangesOf = (chart) => Object.fromEntries(axesOf(chart).map((name) => {
    const { min, max } = chart.options.scales[name];
    return [name, min === undefined ? {} : { min, max }];
  }));

  const viewOf = (chart, frame) => ({
    ...frame,
    axes: axesOf(chart),
    area: () => chart.chartArea,
    values: (name) => valuesOf(chart.scales[name]),
    show: (ranges) => {
      for (const [name, range] of Object.entries(ranges)) {
        const scale = chart.options.scales[name];
        if (range) [scale.min, scale.max] = range;
        else { delete scale.min; delete scale.max; }
      }
      chart.update("none");
    },
    isZoomed: () => Object.values(rangesOf(chart)).some(({ min }) => min !== undefined),
    space: () => (chart.turns ? chart.space : null),
  });

  // Pressed names of the legend hide their series, in the drawing for paper too.
  const toggles = (figure, chart) => {
    figure.querySelectorAll(".legend li").forEach((item, i) => {
      const button = make("button");
      button.type = "button";
      button.setAttribute("aria-pressed", "true");
      button.title = "Show or hide";
      button.append(...item.childNodes);
      item.append(button);
      const drawn = figure.querySelectorAll("svg.plot > g")[i];
      button.addEventListener("click", () => {
        const on = button.getAttribute("aria-pressed") !== "true";
        button.setAttribute("aria-pressed", String(on));
        chart.data.datasets.forEach((d, index) => { if (d.series === i) chart.setDatasetVisibility(index, on); });
        if (drawn && chart.config.type !== "bar") drawn.style.display = on ? "" : "none";
        chart.update("none");
      });
    });
  };

  // Where no drawing brought one.
  const addLegend = (figure, data) => {
    if (data.series.length < 2 || figure.querySelector(".legend")) return;
    const list = make("ul", "legend");
    data.series.forEach((series, i) => {
      const item = make("li");
      item.append(make("span", `swatch s${i % kColours}`), series.name);
      list.append(item);
    });
    figure.append(list);
  };

  const draw = (figure, data) => {
    addLegend(figure, data);
    const svg = figure.querySelector("svg.plot");
    const canvas = make("canvas"), frame = dlworkZoom.frame(canvas, data.title), { holder, live } = frame;
    const [, , width, height] = (svg?.getAttribute("viewBox") ?? "0 0 480 300").split(" ").map(Number);
    holder.style.aspectRatio = `${width} / ${height}`;
    if (svg) svg.before(holder);
    else figure.append(holder);
    figure.classList.add("live");
    const chart = new Chart(canvas, configure(figure, data, live));
    const drawn = { chart, figure, data, live };
    charts.push(drawn);
    dlworkZoom.add(viewOf(chart, frame), stepper(chart, live));
    canvas.addEventListener("pointerleave", dlworkTip.hide);
    toggles(figure, chart);
    dlworkSpace.add(drawn, holder);
    return drawn;
  };

  // With other data, or in the colours of another theme.
  const update = (drawn, data) => {
    const { chart, figure, live } = drawn;
    const hidden = chart.data.datasets.map((d, i) => !chart.isDatasetVisible(i));
    const zoomed = rangesOf(chart);
    drawn.data = data;
    const fresh = configure(figure, data, live);
    chart.data = fresh.data;
    for (const [name, range] of Object.entries(zoomed)) Object.assign(fresh.options.scales[name], range);
    chart.options = fresh.options;
    chart.config.plugins.splice(0, chart.config.plugins.length, ...fresh.plugins);
    hidden.forEach((off, i) => chart.setDatasetVisibility(i, !off));
    chart.update("none");
    drawn.view?.(); // of three dimensions, once more
  };

  const start = () => {
    const ready = window.Chart && parseInt(Chart.version, 10) >= 3;
    const waiting = new Map();
    const watcher = new IntersectionObserver((seen) => {
      for (const { isIntersecting, target } of seen) {
        if (!isIntersecting || !waiting.has(target)) continue;
        const data = waiting.get(target);
        waiting.delete(target);
        watcher.unobserve(target);
        (data.kind === "matrix" ? dlworkMatrix.add : draw)(target, data);
      }
    }, { rootMargin: "400px" });
    if (ready) Chart.Interaction.modes["x-nearest"] = nearestInX;
    for (const script of document.querySelectorAll("script.figure-data")) {
      const figure = script.closest("figure"), data = JSON.parse(script.textContent);
      if (!(ready || data.kind === "matrix") || !figure.querySelector("svg.plot")) continue;
      waiting.set(figure, data);
      watcher.observe(figure);
    }
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
      for (const drawn of charts) update(drawn, drawn.data);
    });
    if (ready) window.dlworkPlots = { draw, update };
  };
  start();
})();
