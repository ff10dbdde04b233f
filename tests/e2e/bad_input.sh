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
# wrong STATUS NAME PATTERN ARGUMENT...: dlwork ends with STATUS and one message, which holds PATTERN.
wrong() {
  local status=$1 name=$2 pattern=$3
  shift 3
  run "$status" "$name" "$@"
  says "$name" "$pattern"
  check "$name: one message" test "$(grep -c 'error: ' "$WORK/err")" -eq 1
}

project missing-file
rm "$D/train.csv"
wrong 3 "missing file" "train.csv" audit -p "$P"

project empty-file
: >"$D/train.csv"
wrong 3 "empty file" "train.csv.*empty" audit -p "$P"

project truncated
gzip -c "$D/train.csv" | head -c 700 >"$D/train.csv.gz"
sed -i 's/train.csv/train.csv.gz/' "$P"
wrong 3 "truncated gz" "train.csv.gz" audit -p "$P"

project ragged
sed -i '57s/$/,extra/' "$D/train.csv"
wrong 3 "ragged row" "train.csv:57" audit -p "$P"

project one-class
sed -i 's/tall$/wide/' "$D/train.csv"
wrong 3 "one class" "train.csv: error: every row has the class 'wide'" audit -p "$P"

project empty-column
awk -F, -v OFS=, 'NR > 1 { $2 = "" } { print }' "$D/train.csv" >"$D/t" && mv "$D/t" "$D/train.csv"
run 0 "column without values" audit -p "$P" --json
says "column without values" "column-empty"
run 0 "network over an empty column" baseline -p "$P"

project undeclared "  expect: {classes: [wide, tall]}"
sed -i '42s/[a-z]*$/round/' "$D/train.csv"
wrong 3 "undeclared label" "train.csv:42.*round" audit -p "$P"

project missing-target
sed -i '42s/[a-z]*$//' "$D/train.csv"
run 1 "row without a target" audit -p "$P"
says "row without a target" "train.csv:42"

project no-target
sed -i '/target: kind/d' "$P"
wrong 2 "no target" "data.target" audit -p "$P"
sed -i 's/train: train.csv/train: train.csv\n  target: kin/' "$P"
wrong 2 "misspelt target" \
  "project.yaml:8:11: error: data.target: there is no column kin .*did you mean kind" audit -p "$P"

project typo
sed -i 's/tune: {trials: 2/tune: {trails: 2/; s/metric: accuracy/metric: acuracy/; s/seconds/s/' "$P"
run 2 "mistyped key" audit -p "$P"
says "mistyped key" "project.yaml:[0-9]+:[0-9]+: error: tune.trails.*did you mean.*trials"

project device
if "$DLWORK" doctor --json 2>/dev/null | grep -q '"cuda:0"'; then
  echo "SKIPPED CUDA that is not there: it is"
else
  wrong 4 "CUDA that is not there" "what is there: cpu" baseline -p "$P" --device cuda
fi

project disk
mkdir "$D/.dlwork"
if mount -t tmpfs -o size=24k tmpfs "$D/.dlwork" 2>/dev/null; then
  MOUNTS+=("$D/.dlwork")
  for phase in baseline diagnose tune; do
    wrong 4 "full disk in $phase" "No space left on device" "$phase" -p "$P"
  done
  check "the data are untouched" test "$(wc -l <"$D/train.csv")" -eq 1501
  mount -o remount,size=40m "$D/.dlwork"
  run 0 "tune with room again" tune -p "$P"
  # The goal may be met by the first.
  check "a trial is complete" grep -q '"state":"complete"' "$D/.dlwork/tune/study.journal"
  check "and none failed" test "$(grep -c '"state":"failed"' "$D/.dlwork/tune/study.journal")" -eq 0
  umount "$D/.dlwork"
  if mount -t tmpfs -o size=40m tmpfs "$D/.dlwork"; then
    run 0 "enough disk" audit -p "$P"
    mount -o remount,ro "$D/.dlwork"
    kept=$(cksum "$D/.dlwork/audit/latest/result.json")
    wrong 4 "read-only folder" "Read-only file system" audit -p "$P" --force
    check "the result stays" test "$(cksum "$D/.dlwork/audit/latest/result.json")" = "$kept"
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
wrong 3 "prediction without a column" "colour" \
  predict -p "$P" --input "$D/few.csv" --output "$D/out.csv"
check "no half-written output" test ! -e "$D/out.csv"
finish
