#!/usr/bin/env bash
# Copies the Japanese vowels of the UEA archive to data/: from the folder named, or from the copy that
# the Python package aeon or sktime carries.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
python=${PYTHON:-python3}
from=${1:-}
if [ -z "$from" ]; then
  from=$("$python" - <<'PYTHON' || true
import importlib.util, pathlib
for package in ("aeon", "sktime"):
    spec = importlib.util.find_spec(package)
    if spec is None:
        continue
    for folder in pathlib.Path(spec.origin).parent.rglob("JapaneseVowels"):
        if (folder / "JapaneseVowels_TRAIN.ts").is_file():
            print(folder)
            raise SystemExit
PYTHON
  )
fi
if [ ! -f "$from/JapaneseVowels_TRAIN.ts" ]; then
  echo "$0: name the folder with JapaneseVowels_TRAIN.ts and JapaneseVowels_TEST.ts (UEA archive)," \
    "or install aeon or sktime for the Python that PYTHON= names" >&2
  exit 2
fi
mkdir -p "$here/data"
cp "$from/JapaneseVowels_TRAIN.ts" "$from/JapaneseVowels_TEST.ts" "$here/data/"
echo "$here/data"
