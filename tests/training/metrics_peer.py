"""Scikit-learn's figures for the numbers in a file: rows of target then outputs; prints name value."""
import sys

import numpy as np
from sklearn import metrics as m

task, path = sys.argv[1], sys.argv[2]
table = np.loadtxt(path, ndmin=2)
truth, outputs = table[:, 0], table[:, 1:].astype(np.float32)
figures = {}
if task == "classification":
    truth = truth.astype(int)
    classes = range(outputs.shape[1])
    guess = outputs.argmax(1)
    one_hot = np.eye(outputs.shape[1])[truth]
    rest = [(truth == c, outputs[:, c]) for c in classes if 0 < (truth == c).sum() < len(truth)]
    figures = {
        "accuracy": m.accuracy_score(truth, guess),
        "top-3-accuracy": m.top_k_accuracy_score(truth, outputs, k=3, labels=list(classes)),
        "top-5-accuracy": m.top_k_accuracy_score(truth, outputs, k=5, labels=list(classes)),
        "balanced-accuracy": m.balanced_accuracy_score(truth, guess),
        "macro-f1": m.f1_score(truth, guess, average="macro", zero_division=0),
        "micro-f1": m.f1_score(truth, guess, average="micro"),
        "weighted-f1": m.f1_score(truth, guess, average="weighted", zero_division=0),
        "log-loss": m.log_loss(truth, outputs, labels=list(classes)),
        "brier": ((outputs - one_hot) ** 2).sum(1).mean(),
        "auroc": np.mean([m.roc_auc_score(t, s) for t, s in rest]),
        "average-precision": np.mean([m.average_precision_score(t, s) for t, s in rest]),
        "mcc": m.matthews_corrcoef(truth, guess),
        "kappa": m.cohen_kappa_score(truth, guess),
    }
else:
    said = outputs[:, 0].astype(float)
    figures = {
        "rmse": m.mean_squared_error(truth, said) ** 0.5,
        "mae": m.mean_absolute_error(truth, said),
        "median-absolute-error": m.median_absolute_error(truth, said),
        "r2": m.r2_score(truth, said),
        "mape": m.mean_absolute_percentage_error(truth, said),
    }
    for percent in (10, 50, 90):
        figures[f"pinball-{percent}"] = m.mean_pinball_loss(truth, said, alpha=percent / 100)
for name, value in figures.items():
    print(name, repr(float(value)))
