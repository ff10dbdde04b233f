#!/usr/bin/env bash
# All seven phases over the two real tables of examples/, with their figures. Skipped (status 77)
# where no Python with scikit-learn, which carries the data, is named by DLWORK_PEERS_PYTHON.
set -u
DLWORK=$1
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/support.sh"
export PYTHON=${DLWORK_PEERS_PYTHON:-python3}
if ! "$PYTHON" -c 'import sklearn' 2>/dev/null; then
  echo "skipped: $PYTHON has no scikit-learn, which carries the tables; DLWORK_PEERS_PYTHON names another"
  exit 77
fi

# value PHASE PART NAME: the goal's metric of what is called NAME (a pattern) in a phase's result.
value() {
  "$PYTHON" - "$WORK/$example/.dlwork/$1/latest/result.json" "$2" "$3" <<'PYTHON'
import fnmatch, json, sys
path, part, of = sys.argv[1:]
found = [m["value"] for m in json.load(open(path))["metrics"]
         if m["part"] == part and fnmatch.fnmatch(m["of"], of)]
print(found[0] if found else "none")
PYTHON
}
# figure PHASE PART NAME LOW HIGH: that figure lies between the two.
figure() {
  local found
  found=$(value "$1" "$2" "$3")
  check "$example: $1, $3 on the $2 part is $found, not $4 to $5" within "$found" "$4" "$5"
}
within() {
  awk -v x="$1" -v low="$2" -v high="$3" 'BEGIN { exit !(x != "none" && x + 0 >= low && x + 0 <= high) }'
}

# phases_of EXAMPLE: prepares a copy of it and runs everything.
phases_of() {
  example=$1
  cp -r "$here/../../examples/$example" "$WORK/$example"
  rm -rf "$WORK/$example/.dlwork" "$WORK/$example/data"
  bash "$WORK/$example/prepare.sh" >"$WORK/out" 2>&1 || fail "$example: its data could not be prepared"
  run 0 "$example" run -p "$WORK/$example/project.yaml"
}

phases_of breast-cancer  # 357 of 569 benign: the trivial predictor's share
figure readiness validation trivial 0.60 0.65
figure readiness validation "logistic regression" 0.90 1
figure baseline validation network 0.90 1
figure ensemble test "ensemble*" 0.95 1
run 0 "breast-cancer, again" run -p "$WORK/breast-cancer/project.yaml"
says "breast-cancer, again" "up to date"

phases_of diabetes  # the target's deviation is 77; ridge regression reaches 53 to 58 on held out rows
figure readiness validation trivial 70 90
figure readiness validation "ridge regression" 48 60
figure baseline validation network 45 70
figure ensemble test "ensemble*" 48 65
finish
