#!/usr/bin/env bash
# What users get wrong: the right exit status, one clear message with its place, nothing lost.
set -u
DLWORK=$1
source "$(dirname "${BASH_SOURCE[0]}")/support.sh"

# project NAME [EXTRA LINES]: a fresh project in $WORK/NAME, sets D and P.
project() {
  D="$WORK/$1"
  mkdir -p "$D"
  make_table 1500 >"$D/train.csv"
  make_project "$D" "${2:-}"
  P="$D/project.yaml"
}
one_error() { check "$1: one message" test "$(grep -c 'error: ' "$WORK/err")" -eq 1; }

project missing-file
rm "$D/train.csv"
run 3 "missing file" audit -p "$P"
says "missing file" "train.csv"
one_error "missing file"

project empty-file
: >"$D/train.csv"
run 3 "empty file" audit -p "$P"
says "empty file" "train.csv.*empty"

project truncated
gzip -c "$D/train.csv" | head -c 700 >"$D/train.csv.gz"
sed -i 's/train.csv/train.csv.gz/' "$P"
run 3 "truncated gz" audit -p "$P"
says "truncated gz" "train.csv.gz"

project ragged
sed -i '57s/$/,extra/' "$D/train.csv"
run 3 "ragged row" audit -p "$P"
says "ragged row" "train.csv:57"

project one-class
sed -i 's/tall$/wide/' "$D/train.csv"
run 3 "one class" audit -p "$P"
says "one class" "train.csv: error: every row has the class 'wide'"

project empty-column
awk -F, -v OFS=, 'NR > 1 { $2 = "" } { print }' "$D/train.csv" >"$D/t" && mv "$D/t" "$D/train.csv"
run 0 "column without values" audit -p "$P" --json
says "column without values" "column-empty"
run 0 "network over an empty column" baseline -p "$P"

project undeclared "  expect: {classes: [wide, tall]}"
sed -i '42s/[a-z]*$/round/' "$D/train.csv"
run 3 "undeclared label" audit -p "$P"
says "undeclared label" "train.csv:42.*round"

project missing-target
sed -i '42s/[a-z]*$//' "$D/train.csv"
run 1 "row without a target" audit -p "$P"
says "row without a target" "train.csv:42"

project no-target
sed -i '/target: kind/d' "$P"
run 2 "no target" audit -p "$P"
says "no target" "data.target"
sed -i 's/train: train.csv/train: train.csv\n  target: kin/' "$P"
run 2 "misspelt target" audit -p "$P"
says "misspelt target" "project.yaml:8:11: error: data.target: there is no column kin .*did you mean kind"

project typo
sed -i 's/tune: {trials: 2/tune: {trails: 2/; s/metric: accuracy/metric: acuracy/; s/seconds/s/' "$P"
run 2 "mistyped key" audit -p "$P"
says "mistyped key" "project.yaml:[0-9]+:[0-9]+: error: tune.trails.*did you mean.*trials"

project device
run 4 "CUDA that is not there" baseline -p "$P" --device cuda
says "CUDA that is not there" "what is there: cpu"

project disk
mkdir "$D/.dlwork"
if mount -t tmpfs -o size=24k tmpfs "$D/.dlwork" 2>/dev/null; then
  MOUNTS+=("$D/.dlwork")
  run 4 "full disk" baseline -p "$P"
  says "full disk" "No space left on device"
  check "the data are untouched" test "$(wc -l <"$D/train.csv")" -eq 1501
  umount "$D/.dlwork"
  if mount -t tmpfs -o size=40m tmpfs "$D/.dlwork"; then
    run 0 "enough disk" audit -p "$P"
    mount -o remount,ro "$D/.dlwork"
    run 4 "read-only folder" audit -p "$P"
    says "read-only folder" "Read-only file system"
    umount "$D/.dlwork"
  fi
else
  echo "SKIPPED full disk and read-only folder: this user may not mount a tmpfs"
fi

project busy
run 2 "unknown command" audti -p "$P"
says "unknown command" "audit"
run 2 "unknown key" audit -p "$P" --set trainig.epochs=3
says "unknown key" "training"
printf 'width,height\n1,2\n' >"$D/few.csv"
run 0 "baseline" baseline -p "$P"
run 3 "prediction without a column" predict -p "$P" --input "$D/few.csv" --output "$D/out.csv"
says "prediction without a column" "colour"
check "no half-written output" test ! -e "$D/out.csv"
finish
