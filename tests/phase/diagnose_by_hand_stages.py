"""Works out what each stage of a system costs from the diagnosed network's weights, and compares.

diagnose_by_hand_stages.py DATA.csv RUN_FOLDER: the run's validation.csv, result.json and
model.safetensors (linear layers with a relu after each but the last). Ends with status 1 where they
differ.
"""
import csv
import json
import pathlib
import sys

import numpy as np
from safetensors import safe_open

data_file, run = sys.argv[1], pathlib.Path(sys.argv[2])
table = list(csv.reader(open(data_file)))
names, cells = table[0], table[1:]
rows = [int(p["source"].rsplit(":", 1)[1]) - 2 for p in csv.DictReader(open(run / "validation.csv"))]
truth = np.array([cells[r][-1] for r in rows])
classes = sorted({row[-1] for row in cells})
with safe_open(run / "model.safetensors", "np") as file:
    blueprint = json.loads(file.metadata()["blueprint"])
    weights = {k: file.get_tensor(k).astype(float) for k in file.keys()}


def accuracy(replaced):
    h = []
    for column in blueprint["preprocessing"]["columns"]:
        name = column["name"] + ("_true" if column["name"] in replaced else "")
        values = np.array([float(cells[r][names.index(name)]) for r in rows])
        h.append((values - column["mean"]) / column["deviation"])
    h = np.stack(h, 1)
    layers = sorted({int(k.split(".")[0]) for k in weights})
    for i, layer in enumerate(layers):
        h = h @ weights[f"{layer}.weight"].T + weights[f"{layer}.bias"]
        if i + 1 < len(layers):
            h = np.maximum(h, 0)
    return (np.array(classes)[h.argmax(1)] == truth).mean()


told = next(f for f in json.load(open(run / "result.json"))["findings"] if f["id"] == "diagnosis-stages")["evidence"]
whole, area, both, texture = accuracy([]), accuracy(["area"]), accuracy(["area", "texture"]), accuracy(["texture"])
mine = [whole, area, area - whole, both, both - area, texture - whole, (area - whole) / (1 - whole), (1 - both) / (1 - whole)]
theirs = [told["whole"], told["stages"][0]["value"], told["stages"][0]["gain"], told["stages"][1]["value"],
          told["stages"][1]["gain"], told["stages"][1]["alone"], told["stages"][0]["share"], told["network_share"]]
print("by hand", mine, "\ndlwork ", theirs)
inside = all(s["interval"][0] <= s["gain"] <= s["interval"][1] for s in told["stages"])
inputs = [c["name"] for c in blueprint["preprocessing"]["columns"]]
sys.exit(0 if np.allclose(mine, theirs, rtol=0, atol=1e-9) and inside and inputs == names[:3] else 1)
