#!/usr/bin/env python3
"""How good the audit's list of doubtful labels is, beside cleanlab's and the best there can be.

    $DLWORK_PEERS_PYTHON tests/benchmarks/label_errors.py build/release/bin/dlwork
        [--table NAME ...] [--share 0.05] [--threads 1]

In the tables with classes of tests/phase/planted_tables.py (some of them from the folder that
DLWORK_DATA names) one label in twenty is made wrong, uniform among the other classes; six times in
tables below 1,000 rows. The audit sees 72 % of the rows as its training part, where it looks for
wrong labels. Over all draws of a table together, precision and recall are printed of

  dlwork     all lines of doubtful-labels-train.csv
  sure       those of them that are so marked
  cleanlab   find_label_issues as it comes, on out-of-fold probabilities of that one of four models
             whose log loss on the labels with the errors is least

and of samples in an order the best precision with a recall of 0.6 or more, the best recall with a
precision of 0.7 or more, and the highest precision from each recall on (a dash: never reached) of

  ranked     dlwork's lines by `of the label`: what a shorter list would be like
  noisy      all samples by out-of-fold probabilities p(given label | x) of those four models, or
             of their mean, whichever is best
  bound      the same of models fitted to the labels WITHOUT the errors, which nobody has who looks
             for them

What the bound means: where classes overlap, samples of one class lie where another is likelier.
Such a sample, rightly labelled, looks just like a wrong label, and no method can tell one from the
other by its inputs. Of two classes, a label that has the probability p against it is wrong with
s p / (s p + (1 - s) (1 - p)) only, s being the share of wrong labels: with s = 0.05 a third of
those that have p = 0.9 against them; two thirds are natural disagreements. By Neyman and Pearson
no order of the samples finds more wrong labels at a precision than that by p(given label | x), if
p is the true one. Here p is that of models, chosen for each figure with a knowledge of which
labels are wrong: but for chance, an upper bound for auditors with models of these kinds, and none
for better kinds of models.

Ends with status 1 where the harmonic mean of precision and recall of dlwork's list is more than
0.05 below that of cleanlab's; with 77 where cleanlab or a table is not there.
"""
import argparse
import importlib.util
import os
import pathlib
import subprocess
import sys
import tempfile
import warnings

from big_table import AUDIT_ENDS, measure

TABLES = "iris wine breast_cancer digits votes affairs adult phoneme".split()
FEW_ROWS, DRAWS = 1000, 6  # tables with fewer rows are drawn so often
PARTS = {"train": 0.72, "validation": 0.08, "test": 0.2}
RECALL, PRECISION = 0.6, 0.7
WORSE = 0.05
NEEDED = ("sklearn", "pandas", "statsmodels", "cleanlab")
NOT_THERE = 77
PROJECT = """dlwork: 1
name: labels
seed: 1
goal: {metric: accuracy, budget: {trials: 1}}
task: classification
data: {train: train.csv, validation: validation.csv, test: test.csv, target: y}
"""


def planted(table, share, draw):
    """The parts by name, with wrong labels, and the right labels of the training part."""
    import numpy
    chance = numpy.random.default_rng([5, draw])
    right = table["y"].to_numpy()
    classes = sorted(set(right))
    given = right.copy()
    for row in numpy.flatnonzero(chance.random(len(right)) < share):
        given[row] = chance.choice([name for name in classes if name != right[row]])
    place = numpy.empty(len(right))  # from 0 to 1 in each class, so that the parts are stratified
    for name in classes:
        rows = chance.permutation(numpy.flatnonzero(right == name))
        place[rows] = (numpy.arange(len(rows)) + 0.5) / len(rows)
    parts, begin = {}, 0.0
    for part, size in PARTS.items():
        rows = numpy.flatnonzero((place >= begin) & (place < begin + size))
        parts[part] = table.iloc[rows].assign(y=given[rows])
        begin += size
    return parts, right[parts["train"].index]


def listed(program, parts, threads):
    """Of the training part's rows, those listed: p(label), and whether it is marked as sure."""
    import pandas
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch)
        (folder / "project.yaml").write_text(PROJECT)
        for part, rows in parts.items():
            rows.to_csv(folder / f"{part}.csv", index=False)
        measure([program, "audit", "--force", "--quiet", "--threads", str(threads)], folder,
                allowed=AUDIT_ENDS)
        found = folder / ".dlwork/audit/latest/doubtful-labels-train.csv"
        if not found.exists():
            return {}
        lines = pandas.read_csv(found)
    rows = lines["sample"].str.rsplit(":", n=1).str[1].astype(int) - 2  # line 2 is the first row
    return dict(zip(rows, zip(lines["of the label"], lines["sure"] == "yes")))


def features(rows):
    import pandas
    numbers = pandas.get_dummies(rows.drop(columns="y")).astype(float)
    return numbers.fillna(numbers.median()).to_numpy()


def models(threads):
    from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    return {"logistic": make_pipeline(StandardScaler(), LogisticRegression(max_iter=2000)),
            "forest": RandomForestClassifier(100, min_samples_leaf=2, random_state=0,
                                             n_jobs=threads),
            "boosted": HistGradientBoostingClassifier(max_iter=60, max_depth=4, random_state=0),
            "neighbours": make_pipeline(StandardScaler(), KNeighborsClassifier(15))}


def out_of_fold(inputs, labels, draw, threads):
    """Probabilities by model, those with the least log loss first, and last the mean of all."""
    import numpy
    from sklearn.metrics import log_loss
    from sklearn.model_selection import StratifiedKFold, cross_val_predict
    folds = StratifiedKFold(5, shuffle=True, random_state=draw)
    found = {name: cross_val_predict(model, inputs, labels, cv=folds, method="predict_proba")
             for name, model in models(threads).items()}

    def loss(name):  # neighbours are sure without a reason
        smooth = 0.99 * found[name] + 0.01 / found[name].shape[1]
        return log_loss(labels, smooth)

    best_first = {name: found[name] for name in sorted(found, key=loss)}
    return {**best_first, "mean": numpy.mean(list(found.values()), axis=0)}


class Tally:
    """Lists and rankings over all draws of a table."""

    def __init__(self):
        self.wrong, self.lists, self.scores = [], {}, {}

    def add(self, wrong, lists, scores):
        self.wrong += list(wrong)
        for kept, new in ((self.lists, lists), (self.scores, scores)):
            for name, values in new.items():
                kept.setdefault(name, []).extend(values)

    def of_list(self, name):
        import numpy
        taken, wrong = numpy.array(self.lists[name]), numpy.array(self.wrong)
        right = float((taken & wrong).sum())
        return right / max(1, taken.sum()), right / max(1, wrong.sum())

    def curve(self, name):
        """(precision, recall) of each cut of an order by lowest score; infinite ones are out."""
        import numpy
        score, wrong = numpy.array(self.scores[name]), numpy.array(self.wrong)
        order = numpy.argsort(score, kind="stable")
        score, hits = score[order], numpy.cumsum(wrong[order])
        cuts = numpy.flatnonzero(numpy.append(score[1:] > score[:-1], True) & numpy.isfinite(score))
        return [(hits[cut] / (cut + 1), hits[cut] / hits[-1]) for cut in cuts]


def precision_from(points, recall):
    return max((point[0] for point in points if point[1] >= recall), default=None)


def recall_from(points, precision):
    return max((point[1] for point in points if point[0] >= precision), default=None)


def tally_of(program, table, share, threads):
    import numpy
    from cleanlab.filter import find_label_issues
    tally, chosen = Tally(), []
    for draw in range(DRAWS if len(table) < FEW_ROWS else 1):
        parts, right = planted(table, share, draw)
        train = parts["train"]
        classes, given = numpy.unique(train["y"], return_inverse=True)
        rows, truth = numpy.arange(len(train)), numpy.searchsorted(classes, right)
        found = listed(program, parts, threads)
        nothing = (numpy.inf, False)
        noisy = out_of_fold(features(train), given, draw, threads)
        clean = out_of_fold(features(train), truth, draw, threads)
        chosen.append(next(iter(noisy)))
        lists = {"dlwork": [row in found for row in rows],
                 "sure": [found.get(row, nothing)[1] for row in rows],
                 "cleanlab": find_label_issues(given, noisy[chosen[-1]], n_jobs=threads)}
        scores = {"ranked": [found.get(row, nothing)[0] for row in rows]}
        for kind, models_said in (("noisy", noisy), ("bound", clean)):
            for name, probabilities in models_said.items():
                scores[f"{kind} {name}"] = probabilities[rows, given]
        tally.add(given != truth, lists, scores)
    return tally, chosen


def text(figure):
    return "   -" if figure is None else f"{figure:4.2f}"


def report(name, tally, chosen):
    """Prints a table's figures; returns by how much cleanlab's list is better."""
    wrong = sum(tally.wrong)
    print(f"\n{name}: {len(tally.wrong)} training labels, {wrong} wrong; cleanlab by "
          f"{', '.join(sorted(set(chosen)))}")
    means = {}
    for kind in tally.lists:
        precision, recall = tally.of_list(kind)
        means[kind] = 2 * precision * recall / max(precision + recall, 1e-9)
        print(f"  {kind:9} precision {precision:4.2f}  recall {recall:4.2f}  "
              f"harmonic mean {means[kind]:4.2f}")
    recalls = [tenth / 10 for tenth in range(1, 10)]
    print(f"  {'':9} precision  recall at  precision from a recall of")
    print(f"  {'':9} at {RECALL}     {PRECISION}        "
          + "  ".join(f"{recall:4.1f}" for recall in recalls))
    for kind in ("ranked", "noisy", "bound"):
        points = [point for order in tally.scores if order.startswith(kind)
                  for point in tally.curve(order)]
        print(f"  {kind:9} {text(precision_from(points, RECALL))}       "
              f"{text(recall_from(points, PRECISION))}       "
              + "  ".join(text(precision_from(points, recall)) for recall in recalls), flush=True)
    return means["cleanlab"] - means["dlwork"]


def tables_in(folder, names):
    """The tables by name; those that are not there are left out."""
    import pandas
    script = pathlib.Path(__file__).parents[1] / "phase/planted_tables.py"
    subprocess.run([sys.executable, script, folder], check=True)
    return {name: pandas.read_csv(file) for name in names
            if (file := pathlib.Path(folder) / f"{name}.csv").exists()}


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", type=os.path.abspath)
    parser.add_argument("--table", nargs="+", choices=TABLES, default=TABLES)
    parser.add_argument("--share", type=float, default=0.05, help="of labels planted wrong")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        print(f"SKIPPED: {sys.executable} has no {', '.join(missing)}")
        sys.exit(NOT_THERE)
    warnings.filterwarnings("ignore")
    with tempfile.TemporaryDirectory() as scratch:
        tables = tables_in(scratch, options.table)
    behind = {name: report(name, *tally_of(options.program, table, options.share, options.threads))
              for name, table in tables.items()}
    worse = [name for name, by in behind.items() if by > WORSE]
    if worse:
        print(f"\nFAIL: cleanlab's list is better on {', '.join(worse)}")
        sys.exit(1)
    if len(tables) < len(options.table):
        print(f"\nINCOMPLETE: not there: {', '.join(set(options.table) - set(tables))}")
        sys.exit(NOT_THERE)
    print(f"\nPASS: {len(tables)} tables")


if __name__ == "__main__":
    main()
