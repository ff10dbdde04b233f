"""Works out figures of a diagnosis from its data, predictions and kept networks, and compares.

diagnose_by_hand.py DATA.csv RUN_FOLDER CACHE_FOLDER: the run's validation.csv and result.json, and
the networks (safetensors of linear layers and relu) that its learning curve and ablations left.
Prints what differs and ends with status 1.
"""
import csv
import json
import pathlib
import sys

import numpy as np
import scipy.optimize
import scipy.stats
from safetensors import safe_open

data_file, run, cache = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
table = list(csv.reader(open(data_file)))
names, cells = table[0], table[1:]
result = json.load(open(run / "result.json"))
predictions = list(csv.DictReader(open(run / "validation.csv")))
lines = [int(p["source"].rsplit(":", 1)[1]) for p in predictions]  # the header is line 1
rows = [line - 2 for line in lines]
classes = sorted({row[-1] for row in cells})
truth = np.array([row[-1] for row in cells])
bad = []


def same(what, mine, theirs, tolerance=1e-9):
    if not np.allclose(mine, theirs, rtol=0, atol=tolerance):
        bad.append(f"{what}: by hand {mine}, dlwork {theirs}")


def finding(name):
    return next(f for f in result["findings"] if f["id"] == name)


# Slices: fifths of each column by the quantiles of the training part, Fisher's exact test, and
# Benjamini and Hochberg over all slices, pairs included.
said = [classes[int(np.argmax([float(p[f"p_{c}"]) for c in classes]))] for p in predictions]
wrong = np.array([a != p["true"] for a, p in zip(said, predictions)])
same("true classes", [p["true"] == truth[r] for p, r in zip(predictions, rows)], True)
slices = {s["slice"]: s for s in result["values"]["slices"]}
train = np.array(result["values"]["train_lines"]) - 2
seen = 0
for column in range(len(names) - 1):
    values = np.array([float(row[column]) for row in cells])
    edges = np.unique(np.quantile(values[train], [0.2, 0.4, 0.6, 0.8]))
    for b in range(len(edges) + 1):
        low = edges[b - 1] if b > 0 else -np.inf
        high = edges[b] if b < len(edges) else np.inf
        inside = (values[rows] > low) & (values[rows] <= high)
        match = [s for n, s in slices.items() if n.startswith(names[column] + " ") and " and " not in n
                 and s["samples"] == inside.sum() and abs(s["inside"] - wrong[inside].mean()) < 1e-12]
        if inside.sum() < max(10, 0.01 * len(rows)):
            continue
        if not match:
            bad.append(f"no slice of {names[column]} {low} to {high}: {inside.sum()} samples, {wrong[inside].mean()}")
            continue
        out = ~inside
        p = scipy.stats.fisher_exact([[wrong[inside].sum(), (~wrong)[inside].sum()],
                                      [wrong[out].sum(), (~wrong)[out].sum()]], "greater")[1]
        if not any(abs(p - s["p"]) < 1e-9 for s in match):
            bad.append(f"p of {names[column]} {low} to {high}: {p}, {[s['p'] for s in match]}")
        seen += 1
listed = result["values"]["slices"]
same("q", scipy.stats.false_discovery_control([s["p"] for s in listed]), [s["q"] for s in listed])
if seen < 5 * (len(names) - 2):
    bad.append(f"only {seen} slices compared")


def accuracy(folder):
    """Of the validation part, by the network's stored weights and preprocessing."""
    with safe_open(folder / "model.safetensors", "np") as file:
        blueprint = json.loads(file.metadata()["blueprint"])
        weights = {k: file.get_tensor(k).astype(float) for k in file.keys()}
    x = []
    for column in blueprint["preprocessing"]["columns"]:
        values = np.array([float(cells[r][names.index(column["name"])]) for r in rows])
        x.append(np.zeros(len(rows)) if column["constant"] else (values - column["mean"]) / column["deviation"])
    h = np.stack(x, 1)
    layers = sorted({int(k.split(".")[0]) for k in weights})
    for i, layer in enumerate(layers):
        h = h @ weights[f"{layer}.weight"].T + weights[f"{layer}.bias"]
        if i + 1 < len(layers):
            h = np.maximum(h, 0)  # every hidden linear layer of the project is followed by a relu
    return (np.array(classes)[h.argmax(1)] == truth[rows]).mean()


networks = {}
for folder in sorted(cache.iterdir()):
    label = json.load(open(folder / "result.json"))["label"]
    networks.setdefault(label, []).append(accuracy(folder))

# The learning curve's points, then both power laws by scipy.
evidence = next(f for f in result["findings"] if f["id"].startswith("diagnosis-more-data"))["evidence"]
points = np.array(evidence["points"])
for label, values in networks.items():
    if not label.startswith("learning curve"):
        continue
    samples = float(label.split(",", 1)[1].replace(",", "").split()[0])
    mine = 1 - np.mean(values)
    same(label, mine, points[points[:, 0] == samples][0, 1], 1e-9)
n, e, s = points.T
w = (e / s) ** 2
x = np.log(n)
slope = ((w * x * np.log(e)).sum() * w.sum() - (w * x).sum() * (w * np.log(e)).sum()) / (
    w.sum() * (w * x * x).sum() - (w * x).sum() ** 2)
same("rate without a floor", -slope, evidence["rate"], 1e-9)
best, _ = scipy.optimize.curve_fit(lambda n, a, b, c: a * n ** -b + c, n, e, p0=[1, 0.5, 0.01], sigma=s,
                                   bounds=([0, 1e-3, 0], [np.inf, 2, 1]), xtol=1e-14, ftol=1e-14, gtol=1e-14,
                                   max_nfev=200000)
loss = lambda a, b, c: (((a * n ** -b + c - e) / s) ** 2).sum()
if abs(best[2] - evidence["floor"]) > 1e-3 and loss(*best) < evidence["residual"] - 1e-6:
    bad.append(f"floor: by hand {best[2]}, dlwork {evidence['floor']}")

# Ablations: paired by seed, Student's interval.
table = {r["without"]: r for r in finding("diagnosis-ablation")["evidence"]["rows"]}
whole = None
for name, row in table.items():
    label = "without " + name + ", seed "
    values = [networks[label + str(i + 1)][0] for i in range(len(row["values"]))]
    same("ablation " + name, values, row["values"], 1e-9)
    whole = np.array(values) if name == "nothing" else whole
    if name == "nothing":
        continue
    lost = whole - np.array(values)
    same("lost without " + name, lost.mean(), row["lost"], 1e-9)
    if lost.std() > 0:
        half = scipy.stats.t.ppf(0.975, len(lost) - 1) * scipy.stats.sem(lost)
        same("interval without " + name, [lost.mean() - half, lost.mean() + half], row["interval"], 1e-9)
if len(table) < 5:
    bad.append(f"only {len(table)} ablations compared")
print("\n".join(bad) or f"{seen} slices, {len(points)} points and {len(table)} ablations agree")
sys.exit(bool(bad))
