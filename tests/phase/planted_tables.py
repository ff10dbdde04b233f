"""Writes real tables, target last as y, into the folder named: scikit-learn's and statsmodels' own, and
those of DLWORK_DATA. What is not installed is left out."""
import os
import pathlib
import sys

import numpy
import pandas

folder = pathlib.Path(sys.argv[1])
MOST = 4000


def save(name, table):
    table = table.sample(frac=1, random_state=7).head(MOST)
    table.columns = [str(c).strip().replace(",", " ") for c in table.columns]
    table.to_csv(folder / f"{name}.csv", index=False)


try:
    from sklearn import datasets

    for name in ("iris", "wine", "breast_cancer", "digits", "diabetes"):
        bunch = getattr(datasets, f"load_{name}")(as_frame=True)
        table = bunch.data.copy()
        names = getattr(bunch, "target_names", None)
        table["y"] = bunch.target if name == "diabetes" else [f"c{t}" for t in bunch.target]
        save(name, table)
except ImportError:
    pass
try:
    import statsmodels.api

    votes = statsmodels.api.datasets.anes96.load_pandas().data
    votes["y"] = votes.pop("vote").map({0.0: "clinton", 1.0: "dole"})
    save("votes", votes.drop(columns=["logpopul"]))
    affairs = statsmodels.api.datasets.fair.load_pandas().data
    affairs["y"] = numpy.where(affairs.pop("affairs") > 0, "some", "none")
    save("affairs", affairs)
except ImportError:
    pass
tables = pathlib.Path(os.environ.get("DLWORK_DATA", "")) / "tables"
if tables.is_dir():
    save("abalone", pandas.read_csv(
        tables / "abalone.csv",
        names="sex length diameter height whole shucked viscera shell y".split()))
    adult = pandas.read_csv(
        tables / "adult-train.csv", skipinitialspace=True, na_values="?",
        names="age workclass fnlwgt education education-num marital-status occupation relationship "
              "race sex capital-gain capital-loss hours-per-week native-country y".split())
    save("adult", adult)
    phoneme = pandas.read_csv(tables / "phoneme.csv", names="a1 a2 a3 a4 a5 y".split())
    phoneme["y"] = "c" + phoneme["y"].astype(str)
    save("phoneme", phoneme)
