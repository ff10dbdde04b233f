#!/usr/bin/env bash
# Writes data/diabetes.csv from the copy of the diabetes data (Efron et al. 2004) that scikit-learn
# carries: 442 rows, 10 measurements, the progression of the disease a year later.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
python=${PYTHON:-python3}
if ! "$python" -c 'import sklearn' 2>/dev/null; then
  echo "$0: $python cannot import sklearn; install python3-sklearn, or name a Python that has it with PYTHON=" >&2
  exit 2
fi
mkdir -p "$here/data"
"$python" - "$here/data/diabetes.csv" <<'PYTHON'
import csv, sys
from sklearn.datasets import load_diabetes
bunch = load_diabetes(scaled=False)
with open(sys.argv[1], "w", newline="") as file:
    rows = csv.writer(file)
    rows.writerow([*bunch.feature_names, "progression"])
    for values, target in zip(bunch.data, bunch.target):
        rows.writerow([*values, target])
PYTHON
echo "$here/data/diabetes.csv"
