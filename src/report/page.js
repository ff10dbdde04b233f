// Tables sort by the column whose head is pressed and are searched where they are long; findings are
// searched; each plot's values can be read as a table. Without scripts all stays as it is.
"use strict";
const dlworkPage = (() => {
  const kLongTable = 15; // rows from which on a table can be searched
  const kManyFindings = 10;

  const make = (name, className, text) => {
    const node = document.createElement(name);
    if (className) node.className = className;
    if (text !== undefined) node.textContent = text;
    return node;
  };

  // --- Tables -------------------------------------------------------------------------------------

  // A cell that does not show the number it is sorted by says it beside.
  const figure = (cell) => {
    const text = cell.dataset.value ?? cell.textContent.trim().replace(/,/g, "");
    return text === "" ? NaN : parseFloat(text);
  };

  const sort = (table, column, direction) => {
    const body = table.tBodies[0];
    const rows = Array.from(body.rows);
    const numeric = rows.every((row) => {
      const text = row.cells[column].textContent.trim();
      return text === "" || text === "-" || !Number.isNaN(figure(row.cells[column]));
    });
    const byText = (a, b) => direction * a.cells[column].textContent.localeCompare(b.cells[column].textContent);
    const compare = (a, b) => {
      if (!numeric) return byText(a, b);
      const x = figure(a.cells[column]);
      const y = figure(b.cells[column]);
      if (Number.isNaN(x) || Number.isNaN(y)) return Number.isNaN(x) - Number.isNaN(y);
      return direction * (x - y) || byText(a, b); // texts that only begin with a number: runs' names
    };
    body.append(...rows.sort(compare));
  };

  // A field whose words, all of them, must stand in what stays to be seen.
  const searchField = (label, items, textOf) => {
    const line = make("label", "search");
    const field = make("input");
    const count = make("span", "count");
    field.type = "search";
    field.placeholder = label;
    field.setAttribute("aria-label", label);
    count.setAttribute("aria-live", "polite");
    line.append(field, count);
    const texts = items.map((item) => textOf(item).toLowerCase());
    field.addEventListener("input", () => {
      const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
      let shown = 0;
      items.forEach((item, i) => {
        item.hidden = !words.every((word) => texts[i].includes(word));
        shown += item.hidden ? 0 : 1;
      });
      count.textContent = words.length === 0 ? "" : `${shown} of ${items.length}`;
    });
    return line;
  };

  const makeSortable = (table) => {
    const rows = table.tBodies[0].rows;
    if (rows.length < 2) return;
    const heads = Array.from(table.tHead.rows[0].cells);
    heads.forEach((head, column) => {
      const button = make("button");
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
    if (rows.length < kLongTable) return;
    const holder = table.closest(".scroll") ?? table;
    holder.before(searchField("Search the rows", Array.from(rows), (row) => row.textContent));
  };

  for (const table of document.querySelectorAll("table.sortable")) makeSortable(table);

  // --- Findings -----------------------------------------------------------------------------------

  for (const section of document.querySelectorAll("section.phase")) {
    const findings = Array.from(section.querySelectorAll(".finding"));
    if (findings.length < kManyFindings) continue;
    const search = searchField("Search the findings", findings, (item) => item.textContent);
    (findings[0].closest(".fold") ?? findings[0]).before(search);
    const fold = section.querySelector(".fold.notes");
    search.firstChild.addEventListener("input", () => {
      if (fold && search.firstChild.value !== "") fold.open = true;
    });
  }

  // A link into a fold opens it.
  const unfold = () => {
    const target = location.hash && document.getElementById(location.hash.slice(1));
    const fold = target && target.closest("details:not([open])");
    if (!fold) return;
    fold.open = true;
    target.scrollIntoView();
  };
  window.addEventListener("hashchange", unfold);
  unfold();

  // --- A plot's values ----------------------------------------------------------------------------

  // Rows of a figure's data, the first with the names of the columns.
  const rowsOf = (data) => {
    const several = data.series && data.series.length > 1;
    if (data.kind === "matrix") {
      return [[`${data.row_label} \\ ${data.column_label}`, ...data.columns],
              ...data.rows.map((name, r) => [name, ...data.values[r]])];
    }
    if (data.kind === "bars") {
      return [["", ...data.series.map((s) => s.name || data.y_label)],
              ...data.labels.map((label, i) => [label, ...data.series.map((s) => s.y[i])])];
    }
    if (data.kind === "histogram") {
      return [["from", "to", ...data.series.map((s) => s.name || data.y_label)],
              ...data.edges.slice(1).map((to, i) => [data.edges[i], to, ...data.series.map((s) => s.y[i])])];
    }
    const has = (key) => data.series.some((s) => s[key]);
    const head = [...(several ? ["series"] : []), ...(has("labels") ? ["label"] : []),
                  data.x_label || "x", data.y_label || "y", ...(has("low") ? ["low", "high"] : [])];
    const rows = data.series.flatMap((s) => s.x.map((x, i) => [
      ...(several ? [s.name] : []), ...(has("labels") ? [s.labels?.[i] ?? ""] : []), x, s.y[i],
      ...(has("low") ? [s.low?.[i] ?? null, s.high?.[i] ?? null] : [])]));
    return [head, ...rows];
  };

  const csvOf = (rows) => rows.map((row) => row.map((value) => {
    const text = value === null ? "" : String(value);
    return /[",\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
  }).join(",")).join("\n") + "\n";

  const tableOf = (rows) => {
    const table = make("table", "sortable");
    const head = table.createTHead().insertRow();
    for (const name of rows[0]) {
      const cell = make("th", "", name);
      cell.scope = "col";
      head.append(cell);
    }
    const body = table.createTBody();
    for (const row of rows.slice(1)) {
      const line = body.insertRow();
      for (const value of row) {
        const cell = line.insertCell();
        cell.textContent = value === null ? "-" : value;
        if (typeof value === "number") cell.className = "right";
      }
    }
    return table;
  };

  const save = (name, text) => {
    const link = make("a");
    link.href = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
    link.download = `${name.replace(/[^\p{L}\p{N}]+/gu, "-").toLowerCase() || "values"}.csv`;
    link.click();
    URL.revokeObjectURL(link.href);
  };

  // Made when they are asked for: most never are.
  const addValues = (parent, data) => {
    const fold = make("details", "values");
    fold.append(make("summary", "", "Values"));
    fold.addEventListener("toggle", () => {
      if (fold.childElementCount > 1) return;
      const rows = rowsOf(data), holder = make("div", "scroll tall"), button = make("button", "csv", "Save as CSV");
      const table = tableOf(rows);
      button.type = "button";
      button.addEventListener("click", () => save(data.title, csvOf(rows)));
      holder.append(table);
      holder.tabIndex = 0;
      fold.append(button, holder);
      makeSortable(table);
    });
    parent.append(fold);
  };

  for (const script of document.querySelectorAll("script.figure-data")) {
    addValues(script.closest("figure"), JSON.parse(script.textContent));
  }

  // --- Paper --------------------------------------------------------------------------------------

  // On paper nothing can be unfolded; long records and values stay closed.
  let opened = [];
  window.addEventListener("beforeprint", () => {
    opened = Array.from(document.querySelectorAll("details:not([open]):not(.record):not(.values):not(.licence)"));
    for (const details of opened) details.open = true;
  });
  window.addEventListener("afterprint", () => {
    for (const details of opened) details.open = false;
  });
  return { make };
})();
