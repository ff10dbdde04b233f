// Tables sort by the column whose head is pressed; without scripts they stay as they are.
"use strict";
(() => {
  const figure = (cell) => {
    const text = cell.textContent.trim().replace(/,/g, "");
    return text === "" ? NaN : parseFloat(text);
  };

  const sort = (table, column, direction) => {
    const body = table.tBodies[0];
    const rows = Array.from(body.rows);
    const numeric = rows.every((row) => {
      const text = row.cells[column].textContent.trim();
      return text === "" || text === "-" || !Number.isNaN(figure(row.cells[column]));
    });
    const compare = (a, b) => {
      if (!numeric) {
        return direction * a.cells[column].textContent.localeCompare(b.cells[column].textContent);
      }
      const x = figure(a.cells[column]);
      const y = figure(b.cells[column]);
      if (Number.isNaN(x) || Number.isNaN(y)) return Number.isNaN(x) - Number.isNaN(y);
      return direction * (x - y);
    };
    body.append(...rows.sort(compare));
  };

  for (const table of document.querySelectorAll("table.sortable")) {
    if (table.tBodies[0].rows.length < 2) continue;
    const heads = Array.from(table.tHead.rows[0].cells);
    heads.forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const direction = head.getAttribute("aria-sort") === "ascending" ? -1 : 1;
        for (const other of heads) other.removeAttribute("aria-sort");
        head.setAttribute("aria-sort", direction === 1 ? "ascending" : "descending");
        sort(table, column, direction);
      });
    });
  }

  // On paper nothing can be unfolded; long records stay closed.
  let opened = [];
  window.addEventListener("beforeprint", () => {
    opened = Array.from(document.querySelectorAll("details:not([open]):not(.record)"));
    for (const details of opened) details.open = true;
  });
  window.addEventListener("afterprint", () => {
    for (const details of opened) details.open = false;
  });
})();
