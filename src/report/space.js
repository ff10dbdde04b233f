// Maps that have a third dimension: a switch between the flat view and one that is turned by
// dragging, by a finger, or by Shift and the arrow keys.
"use strict";
const dlworkSpace = (() => {
  const kTurn = 0.12; // radians a key press
  const kDistance = 4; // of the eye, in half widths of the cube that holds all points
  const kEdges = [[0, 1], [1, 3], [3, 2], [2, 0], [4, 5], [5, 7], [7, 6], [6, 4], [0, 4], [1, 5], [2, 6], [3, 7]];
  const { make } = dlworkPage;

  // A number in [-1, 1] for each coordinate: one scale for all axes, so that shapes stay true.
  const normalised = (data) => {
    const low = [Infinity, Infinity, Infinity], high = [-Infinity, -Infinity, -Infinity];
    for (const series of data.series) {
      series.space.forEach((axis, k) => {
        for (const value of axis) {
          if (value === null) continue;
          low[k] = Math.min(low[k], value);
          high[k] = Math.max(high[k], value);
        }
      });
    }
    const half = Math.max(...high.map((value, k) => (value - low[k]) / 2)) || 1;
    const place = (value, k) => (value === null ? NaN : (value - (low[k] + high[k]) / 2) / half);
    return data.series.map((series) => series.space[0].map((_, i) => series.space.map((axis, k) => place(axis[i], k))));
  };

  // Turned about the upright axis, then towards the eye; nearer points are larger.
  const eye = (yaw, pitch) => {
    const [cy, sy, cp, sp] = [Math.cos(yaw), Math.sin(yaw), Math.cos(pitch), Math.sin(pitch)];
    return ([x, y, z]) => {
      const across = cy * x + sy * z, away = cy * z - sy * x;
      const up = cp * y - sp * away, depth = sp * y + cp * away;
      const scale = kDistance / (kDistance - depth);
      return { x: across * scale, y: up * scale, scale };
    };
  };

  const cubePlugin = (state) => ({
    id: "cube",
    beforeDatasetsDraw: (chart) => {
      if (!chart.turns) return;
      const { ctx, scales: { x, y } } = chart;
      const corners = Array.from({ length: 8 }, (_, i) => state.look([i & 1 ? 1 : -1, i & 2 ? 1 : -1, i & 4 ? 1 : -1]));
      ctx.save();
      Object.assign(ctx, { strokeStyle: x.options.grid.borderColor, lineWidth: 1, globalAlpha: 0.45 });
      ctx.beginPath();
      for (const [from, to] of kEdges) {
        ctx.moveTo(x.getPixelForValue(corners[from].x), y.getPixelForValue(corners[from].y));
        ctx.lineTo(x.getPixelForValue(corners[to].x), y.getPixelForValue(corners[to].y));
      }
      ctx.stroke();
      ctx.restore();
    },
  });

  const turnByHand = (chart, state, show) => {
    const { canvas } = chart;
    let last = null;
    canvas.addEventListener("pointerdown", (event) => {
      if (!chart.turns || event.button !== 0) return;
      if (last) { last = null; return; } // two fingers zoom
      last = event;
      canvas.setPointerCapture(event.pointerId);
    });
    canvas.addEventListener("pointermove", (event) => {
      if (last?.pointerId !== event.pointerId) return;
      state.turn((event.clientX - last.clientX) / 120, (event.clientY - last.clientY) / 120);
      last = event;
      show();
    });
    for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, () => { last = null; });
    canvas.addEventListener("keydown", (event) => {
      const turns = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
      if (!turns || !event.shiftKey || !chart.turns) return;
      event.preventDefault();
      state.turn(turns[0] * kTurn, turns[1] * kTurn);
      show();
    });
  };

  const newState = () => {
    const state = { yaw: 0.6, pitch: 0.4, zoom: 1 };
    state.look = eye(state.yaw, state.pitch);
    state.turn = (yaw, pitch) => {
      state.yaw += yaw;
      state.pitch = Math.max(-1.5, Math.min(1.5, state.pitch + pitch));
      state.look = eye(state.yaw, state.pitch);
    };
    return state;
  };

  // Gives a drawn figure its switch, where its data have a third dimension.
  const add = (drawn, holder) => {
    const { chart, data } = drawn;
    if (data.kind !== "embedding" || !data.series.length || !data.series.every((series) => series.space)) return;
    const points = normalised(data), state = newState();
    const flat = { sets: chart.data.datasets.map((set) => ({ data: set.data, pointRadius: set.pointRadius })) };
    const views = make("div", "views"), buttons = [false, true].map((turns) => {
      const method = turns ? data.space_method : data.method;
      const button = make("button", "", `${turns ? "3-D" : "2-D"}${method ? `, ${method}` : ""}`);
      button.type = "button";
      button.addEventListener("click", () => choose(turns));
      return button;
    });
    views.append(...buttons);
    holder.before(views);
    const show = () => {
      const { chartArea: area, options: { scales } } = chart;
      // The same length on both axes, and room for what comes near.
      const reach = 2 * state.zoom, wide = (area.right - area.left) / (area.bottom - area.top);
      chart.data.datasets.forEach((set, i) => {
        if (chart.turns) {
          const seen = points[set.series].map(state.look);
          set.data = seen.map(({ x, y }) => ({ x, y }));
          set.pointRadius = seen.map(({ scale }) => flat.sets[i].pointRadius * scale);
        } else {
          Object.assign(set, flat.sets[i]);
        }
      });
      for (const [name, share] of [["x", Math.max(1, wide)], ["y", Math.max(1, 1 / wide)]]) {
        if (chart.turns) [scales[name].min, scales[name].max] = [-reach * share, reach * share];
        scales[name].grid.display = scales[name].grid.drawBorder = !chart.turns;
      }
      chart.update("none");
    };
    const choose = (turns) => {
      chart.turns = turns;
      state.zoom = 1;
      holder.classList.toggle("turns", turns);
      buttons.forEach((button, i) => button.setAttribute("aria-pressed", String(turns === (i === 1))));
      for (const name of ["x", "y"]) {
        delete chart.options.scales[name].min;
        delete chart.options.scales[name].max;
      }
      holder.querySelector(".reset").hidden = true;
      show();
    };
    const zoom = (factor) => {
      state.zoom = factor === null ? 1 : state.zoom * factor;
      holder.querySelector(".reset").hidden = state.zoom === 1;
      show();
    };
    chart.space = { zoomBy: zoom, showAll: () => zoom(null) };
    drawn.view = () => { chart.config.plugins.push(cubePlugin(state)); if (chart.turns) show(); };
    chart.config.plugins.push(cubePlugin(state));
    chart.canvas.setAttribute("aria-label", `${chart.canvas.getAttribute("aria-label")} In 3-D Shift and arrows turn.`);
    turnByHand(chart, state, show);
    choose(false);
  };

  return { add };
})();
