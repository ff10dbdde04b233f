#!/usr/bin/env bash
# Writes data/breast-cancer.csv from the copy of the Wisconsin diagnostic breast cancer data that
# scikit-learn carries: 569 rows, 30 measurements of cell nuclei, malignant or benign.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
python=${PYTHON:-python3}
if ! "$python" -c 'import sklearn' 2>/dev/null; then
  echo "$0: $python cannot import sklearn; install python3-sklearn, or name a Python that has it with PYTHON=" >&2
  exit 2
fi
mkdir -p "$here/data"
"$python" - "$here/data/breast-cancer.csv" <<'PYTHON'
import csv, sys
from sklearn.datasets import load_breast_cancer
bunch = load_breast_cancer()
with open(sys.argv[1], "w", newline="") as file:
    rows = csv.writer(file)
    rows.writerow([*bunch.feature_names, "diagnosis"])
    for values, target in zip(bunch.data, bunch.target):
        rows.writerow([*values, bunch.target_names[target]])
PYTHON
echo "$here/data/breast-cancer.csv"
