"""Writes digits.csv and breast-cancer.csv (with scikit-learn's data) into the folder named."""
import csv
import sys

from sklearn.datasets import load_breast_cancer, load_digits

folder = sys.argv[1]
for name, bunch in (("digits", load_digits()), ("breast-cancer", load_breast_cancer())):
    with open(f"{folder}/{name}.csv", "w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow([*(str(column).replace(" ", "_") for column in bunch.feature_names), "y"])
        for values, target in zip(bunch.data, bunch.target):
            rows.writerow([*(float(value) for value in values), f"c{target}"])
