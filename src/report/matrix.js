// Matrices that can be zoomed and asked for values: a copy of the drawing whose cells are moved. Their
// names and numbers keep their size and show where there is room for them. The drawing itself stays
// for paper. Needs no Chart.js.
"use strict";
const dlworkMatrix = (() => {
  const kSlack = 1e-6; // of a cell: what is zoomed there and back may be off by as much
  const clamp = (value, low, high) => Math.max(low, Math.min(high, value));
  const lengthOf = (element, name) => Number(element.getAttribute(name));

  // One of the two ways the cells are counted in, and what of it is shown: [first, past the last],
  // also parts of cells.
  const newAxis = (names, length) => {
    const texts = Array.from(names.children), count = texts.length, room = Number(names.dataset.room);
    const axis = { count, length, home: length / count };
    axis.show = (range) => {
      const [low, high] = range ? [Math.min(...range), Math.max(...range)] : [0, count];
      const span = high - low > count - kSlack ? count : Math.max(1, high - low);
      axis.low = clamp(low, 0, count - span);
      axis.high = axis.low + span;
      axis.size = length / span;
    };
    axis.reveal = (i) => {
      const span = axis.high - axis.low;
      if (i < axis.low - kSlack) axis.show([i, i + span]);
      else if (i + 1 > axis.high + kSlack) axis.show([i + 1 - span, i + 1]);
    };
    axis.firstWhole = () => Math.ceil(axis.low - kSlack);
    axis.isZoomed = () => axis.high - axis.low < count;
    axis.startOf = (i) => (i - axis.low) * axis.size;
    // How far a cell's middle has moved.
    axis.moved = (i) => axis.startOf(i + 0.5) - (i + 0.5) * axis.home;
    axis.placeNames = (way) => {
      const every = Math.ceil(room / axis.size);
      texts.forEach((text, i) => {
        const middle = axis.startOf(i + 0.5);
        text.toggleAttribute("hidden", i % every !== 0 || middle < 0 || middle > length);
        text.style.translate = way(`${axis.moved(i)}px`);
      });
    };
    axis.show(null);
    return axis;
  };

  const placeCells = (cells, rects, { x, y }) => {
    cells.classList.toggle("crowded", x.size < Number(cells.dataset.room));
    rects.forEach((rect, i) => {
      const column = i % x.count, row = Math.floor(i / x.count);
      const number = rect.nextElementSibling;
      const set = (name, value) => rect.setAttribute(name, value);
      set("x", x.startOf(column));
      set("y", y.startOf(row));
      set("width", rect.size.width + x.size - x.home);
      set("height", rect.size.height + y.size - y.home);
      if (number?.matches("text")) number.style.translate = `${x.moved(column)}px ${y.moved(row)}px`;
    });
  };

  const add = (figure, data) => {
    const drawing = figure.querySelector("svg.plot"), surface = drawing.cloneNode(true);
    const cells = surface.querySelector(".cells"), rects = Array.from(cells.querySelectorAll("rect"));
    for (const rect of rects) {
      rect.size = { width: lengthOf(rect, "width"), height: lengthOf(rect, "height") };
    }
    const axes = { x: newAxis(surface.querySelector(".columns"), lengthOf(cells, "width")),
                   y: newAxis(surface.querySelector(".rows"), lengthOf(cells, "height")) };
    const { x, y } = axes, left = lengthOf(cells, "x"), top = lengthOf(cells, "y");
    const place = () => {
      x.placeNames((far) => far);
      y.placeNames((far) => `0 ${far}`);
      placeCells(cells, rects, axes);
      dlworkTip.hide();
    };
    const view = {
      ...dlworkZoom.frame(surface, data.title),
      axes: ["x", "y"],
      area: () => {
        const scale = surface.getBoundingClientRect().width / surface.viewBox.baseVal.width;
        return { left: left * scale, right: (left + x.length) * scale,
                 top: top * scale, bottom: (top + y.length) * scale };
      },
      // Rows are counted downwards.
      values: (name) => {
        const { low, high } = axes[name], span = high - low;
        return (share) => (name === "x" ? low + share * span : high - share * span);
      },
      show: (ranges) => {
        for (const [name, range] of Object.entries(ranges)) axes[name].show(range);
        place();
      },
      isZoomed: () => x.isZoomed() || y.isZoomed(),
    };
    drawing.before(view.holder);
    figure.classList.add("live");
    dlworkTip.addTo(surface);
    dlworkZoom.add(view, stepper(view, axes, rects, place));
  };

  // From cell to cell, the first that is shown whole; what is shown follows.
  const stepper = ({ surface, live }, { x, y }, rects, place) => {
    let at = null;
    const rectAt = () => rects[at.row * x.count + at.column];
    const mark = (on) => { if (at) rectAt().classList.toggle("at", on); };
    surface.addEventListener("blur", () => {
      mark(false);
      live.textContent = "";
      dlworkTip.hide();
    });
    return (across, down) => {
      mark(false);
      at = at
        ? { column: clamp(at.column + across, 0, x.count - 1), row: clamp(at.row + down, 0, y.count - 1) }
        : { column: x.firstWhole(), row: y.firstWhole() };
      mark(true);
      x.reveal(at.column);
      y.reveal(at.row);
      place();
      const box = rectAt().getBoundingClientRect();
      live.textContent = dlworkTip.titleOf(rectAt());
      dlworkTip.fill([live.textContent]);
      dlworkTip.place(box.right + window.scrollX - 14, box.top + window.scrollY);
    };
  };

  return { add };
})();
