// One tooltip for the page: what the pointer is over, or the keys have come to.
"use strict";
const dlworkTip = (() => {
  const { make } = dlworkPage;
  const tip = make("div", "tip");
  tip.hidden = true;
  document.body.append(tip);

  const hide = () => { tip.hidden = true; };
  window.addEventListener("resize", hide); // it could stand outside now

  // Beside a place of the page.
  const place = (x, y) => {
    tip.hidden = false;
    const width = tip.offsetWidth, height = tip.offsetHeight;
    const right = window.scrollX + document.documentElement.clientWidth;
    tip.style.left = `${Math.max(window.scrollX + 4, Math.min(x + 14, right - width - 4))}px`;
    const above = y - height - 10;
    tip.style.top = `${above > window.scrollY ? above : y + 16}px`;
  };

  const fill = (lines, tile) => {
    tip.replaceChildren(...lines.map((line, i) => make("div", i === 0 ? "head" : "", line)));
    if (tile) tip.append(tile);
  };

  // A mark's title, which is taken from the browser, who would show it after a second, beside ours.
  const titleOf = (mark) => {
    const title = mark.querySelector?.(":scope > title");
    if (title) {
      mark.dataset.tip = title.textContent;
      title.remove();
    }
    return mark.dataset?.tip;
  };

  // A drawing's own titles, at once.
  const addTo = (svg) => {
    svg.addEventListener("pointerover", (event) => {
      const text = titleOf(event.target);
      if (!text) return;
      fill(text.split("\n"));
      place(event.pageX, event.pageY);
    });
    svg.addEventListener("pointerout", hide);
  };
  document.querySelectorAll("svg.plot").forEach(addTo);

  return { fill, place, hide, titleOf, addTo };
})();
