// Follows a training while the page is served by `dlwork report --serve`: the server tells of each
// epoch, and when a phase has finished the page is read anew.
"use strict";
(() => {
  const { make } = dlworkPage;
  const section = document.getElementById("live");
  const state = section.querySelector(".state"), bar = section.querySelector("progress");
  const holder = section.querySelector(".figures");
  let run = null, label = null, epochs = [], figures = [], heard = null;

  const lines = (title, keys) => ({
    kind: "lines", title, x_label: "epoch", y_label: title, log_x: false, diagonal: false, marks: [],
    series: keys.map(([name, key]) => ({
      name, x: epochs.map((e) => e.epoch), y: epochs.map((e) => (typeof e[key] === "number" ? e[key] : null)),
    })),
  });
  const plots = () => [
    lines("loss", [["training", "train_loss"], ["validation", "validation_loss"]]),
    lines(epochs.at(-1)?.metric ?? "metric", [["training", "train_metric"], ["validation", "validation_metric"]]),
  ];

  const show = () => {
    section.hidden = run === null;
    if (run === null) return;
    const last = epochs.at(-1);
    if (!last) {
      state.textContent = `${run.phase} is running`;
      bar.removeAttribute("value");
      return;
    }
    const seconds = Math.round((Date.now() - heard) / 1000);
    state.textContent = `${last.label}: epoch ${last.epoch} of ${last.epochs}` +
      (seconds > 20 ? `, no news for ${seconds} s` : "");
    bar.max = last.epochs;
    bar.value = last.epoch;
  };

  const draw = () => {
    if (!window.dlworkPlots || epochs.length === 0) return;
    const data = plots();
    if (figures.length === 0) {
      figures = data.map((plot) => {
        const figure = make("figure");
        figure.append(make("figcaption", "", plot.title));
        holder.append(figure);
        return { figure, live: dlworkPlots.draw(figure, plot) };
      });
    } else {
      figures.forEach(({ live }, i) => dlworkPlots.update(live, data[i]));
    }
  };

  const clear = () => {
    epochs = [];
    figures = [];
    holder.replaceChildren();
  };

  let due = false;
  const refresh = () => {
    if (due) return;
    due = true;
    requestAnimationFrame(() => {
      due = false;
      show();
      draw();
    });
  };

  const source = new EventSource("/events");
  source.addEventListener("run", (event) => {
    const about = JSON.parse(event.data);
    run = about.phase ? about : null;
    label = null;
    clear();
    refresh();
  });
  source.addEventListener("epoch", (event) => {
    const epoch = JSON.parse(event.data);
    if (epoch.label !== label) {
      label = epoch.label;
      clear();
    }
    heard = epoch.time ? Date.parse(epoch.time) : Date.now();
    epochs.push(epoch);
    refresh();
  });
  source.addEventListener("changed", () => location.reload());
  source.addEventListener("error", () => {
    if (!section.hidden) state.textContent = "the server is gone";
  });
  setInterval(show, 5000);
})();
