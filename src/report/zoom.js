// How what is drawn is brought nearer: by dragging over a part, by two fingers, by keys. A view is
// what can be: its `surface` takes pointers and keys, `axes` are those that are zoomed, `area()` is
// where they lie on the surface, in pixels, `values(axis)` what an axis shows now as a function of the
// share of its length, to the right or upwards. `show(ranges)` shows others, all there is for null,
// and `isZoomed()` says whether it does. A map in three dimensions, `space()`, has a way of its own.
"use strict";
const dlworkZoom = (() => {
  const kLeast = 8; // pixels of a drag that is meant
  const kNearer = 0.7; // of what is shown, by a key
  const { make } = dlworkPage;

  const to = (view, rangeOf) => {
    view.show(Object.fromEntries(view.axes.map((name) => [name, rangeOf(name)])));
    view.reset.hidden = !view.isZoomed();
  };

  const showAll = (view) => {
    const space = view.space?.();
    if (space) space.showAll();
    else to(view, () => null);
  };

  const by = (view, factor) => {
    const space = view.space?.();
    if (space) space.zoomBy(factor);
    else to(view, (name) => [(1 - factor) / 2, (1 + factor) / 2].map(view.values(name)));
  };

  const inSurface = (surface, { clientX, clientY }) => {
    const box = surface.getBoundingClientRect();
    return { x: clientX - box.left, y: clientY - box.top };
  };
  // Where a place on the surface is as shares of the axes, whose place changes with what stands beside them.
  const sharesOf = (view, { x, y }) => {
    const { left, right, top, bottom } = view.area();
    return { x: (x - left) / (right - left), y: (bottom - y) / (bottom - top) };
  };

  const byDragging = (view) => {
    const { surface, box } = view;
    let from = null;
    const span = (event) => {
      const a = from, b = inSurface(surface, event);
      const part = { left: Math.min(a.x, b.x), top: Math.min(a.y, b.y), right: Math.max(a.x, b.x), bottom: Math.max(a.y, b.y) };
      if (view.axes.length === 2) return part;
      const { top, bottom } = view.area();
      return { ...part, top, bottom };
    };
    const isMeant = ({ left, top, right, bottom }) =>
      right - left >= kLeast && bottom - top >= kLeast;
    surface.addEventListener("pointerdown", (event) => {
      if (event.pointerType === "touch" || event.button !== 0 || view.space?.()) return; // a finger scrolls
      from = inSurface(surface, event);
      surface.setPointerCapture(event.pointerId);
    });
    surface.addEventListener("pointermove", (event) => {
      if (!from) return;
      const part = span(event), { left, top, right, bottom } = part;
      box.hidden = !isMeant(part);
      Object.assign(box.style, { left: `${left}px`, top: `${top}px`, width: `${right - left}px`, height: `${bottom - top}px` });
    });
    surface.addEventListener("pointerup", (event) => {
      if (!from) return;
      const part = span(event);
      from = null;
      box.hidden = true;
      if (!isMeant(part)) return;
      const low = sharesOf(view, { x: part.left, y: part.bottom }), high = sharesOf(view, { x: part.right, y: part.top });
      to(view, (name) => [low[name], high[name]].map(view.values(name)));
    });
    surface.addEventListener("dblclick", () => showAll(view));
  };

  // What was between two fingers stays between them.
  const byFingers = (view) => {
    const { surface } = view;
    let start = null;
    const fingers = (event) => Array.from(event.touches).filter((touch) => surface.contains(touch.target));
    const grip = (event) => {
      const [a, b] = fingers(event).map((touch) => inSurface(surface, touch));
      return { ...sharesOf(view, { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 }), apart: Math.max(1, Math.hypot(a.x - b.x, a.y - b.y)) };
    };
    surface.addEventListener("touchstart", (event) => {
      start = null;
      if (fingers(event).length !== 2) return;
      event.preventDefault(); // else the page would scroll
      start = { ...grip(event), values: Object.fromEntries(view.axes.map((name) => [name, view.values(name)])) };
    }, { passive: false });
    surface.addEventListener("touchmove", (event) => {
      if (!start) return;
      event.preventDefault();
      const now = grip(event), factor = start.apart / now.apart, space = view.space?.();
      if (space) {
        space.zoomBy(factor);
        start.apart = now.apart;
        return;
      }
      to(view, (name) => {
        const low = start[name] - now[name] * factor;
        return [low, low + factor].map(start.values[name]);
      });
    }, { passive: false });
    for (const end of ["touchend", "touchcancel"]) surface.addEventListener(end, () => { start = null; });
  };

  // Arrows step through values, + and - zoom, 0 and Escape show all again.
  const byKeys = (view, step) => {
    const keys = {
      ArrowRight: () => step(1, 0), ArrowLeft: () => step(-1, 0), ArrowDown: () => step(0, 1), ArrowUp: () => step(0, -1),
      "+": () => by(view, kNearer), "-": () => by(view, 1 / kNearer), 0: () => showAll(view), Escape: () => showAll(view),
    };
    view.surface.addEventListener("keydown", (event) => {
      const turns = event.shiftKey && event.key.startsWith("Arrow") && view.space?.();
      const act = keys[event.key];
      if (!act || turns || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      act();
    });
  };

  // What belongs to a surface: the part that is dragged over, the button that shows all again, and
  // words for who cannot see.
  const frame = (surface, title) => {
    const holder = make("div", "chart"), box = make("div", "zoom-box"), live = make("div", "unseen");
    const reset = make("button", "reset", "Show all");
    reset.type = "button";
    reset.hidden = box.hidden = true;
    live.setAttribute("aria-live", "polite");
    surface.setAttribute("tabindex", "0");
    surface.setAttribute("role", "img");
    surface.setAttribute("aria-label", `${title}. Arrow keys step through the values, plus and minus zoom, 0 shows all.`);
    holder.append(surface, box, reset, live);
    return { surface, holder, box, reset, live };
  };

  // `step(across, down)`: what the arrows do.
  const add = (view, step) => {
    view.reset.addEventListener("click", () => { showAll(view); view.surface.focus(); });
    byDragging(view);
    byFingers(view);
    byKeys(view, step);
  };

  return { frame, add };
})();
