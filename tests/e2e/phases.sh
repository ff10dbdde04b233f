#!/usr/bin/env bash
# All seven phases over small tables: figures in the artefacts, prediction, a second run that does
# nothing, the same bits for the same seed, a killed run that goes on.
set -u
DLWORK=$1
source "$(dirname "${BASH_SOURCE[0]}")/support.sh"

value() { # FILE KEY: the number after "KEY": in a result
  grep -oE "\"$2\": *-?[0-9.e-]+" "$1" | head -n 1 | grep -oE -- '-?[0-9.e-]+$'
}
at_least() { awk -v a="$1" -v b="$2" 'BEGIN { exit !(a + 0 >= b + 0) }'; }

mkdir "$WORK/shapes"
make_table 1500 >"$WORK/shapes/train.csv"
make_project "$WORK/shapes"
P="$WORK/shapes/project.yaml"
run 0 "run" run -p "$P" --seed 3
for phase in readiness audit analogy test baseline diagnose tune ensemble; do
  check "$phase leaves a result" test -s "$WORK/shapes/.dlwork/$phase/latest/result.json"
done
R="$WORK/shapes/.dlwork/ensemble/latest/result.json"
check "the ensemble is right on the test part" at_least "$(value "$R" metric)" 0.85
check "the baseline beats 0.5" at_least "$(value "$WORK/shapes/.dlwork/baseline/latest/result.json" metric)" 0.75
check "every trial is in the journal" test "$(grep -c '"event":"trial"' "$WORK/shapes/.dlwork/tune/study.journal")" -ge 1
PAGE="$WORK/shapes/.dlwork/report/index.html"
check "the report is below 5 MB" test "$(wc -c <"$PAGE")" -lt 5000000
check "it shows how the layers' values moved" grep -q 'id="figure-diagnose-spread-parameters-0"' "$PAGE"
seen=0
"${DLWORK_PEERS_PYTHON:-python3}" "$(dirname "${BASH_SOURCE[0]}")/../support/browser.py" "$PAGE" --check >"$WORK/seen" 2>&1 || seen=$?
case $seen in
  77 | 127) printf 'SKIPPED the report in a browser: %s\n' "$(cat "$WORK/seen")" ;;
  *) check "the report opens in a browser without a complaint: $(cat "$WORK/seen")" test $seen -eq 0 ;;
esac
check "the report stands alone" bash -c "grep -q '<svg' '$WORK/shapes/.dlwork/report/index.html' && ! grep -qE '(src|href)=\"https?:' '$WORK/shapes/.dlwork/report/index.html'"

# Where a classical model does it, the run stops until that is accepted.
mkdir "$WORK/easy"
cp "$WORK/shapes/train.csv" "$WORK/easy/"
sed '/^accept:/d' "$P" >"$WORK/easy/project.yaml"
run 1 "not needed" run -p "$WORK/easy/project.yaml" --seed 3
says "not needed" "DEEP LEARNING IS NOT NEEDED"
says "not needed" "Stopped: the gate of readiness failed"
check "no later phase ran" test ! -e "$WORK/easy/.dlwork/audit"
check "the verdict has its name" grep -q '"name": *"deep learning is not needed"' "$WORK/easy/.dlwork/readiness/latest/result.json"

before=$(cat "$WORK"/shapes/.dlwork/*/latest/result.json | md5sum)
run 0 "second run" run -p "$P" --seed 3
says "second run" "up to date"
check "the second run changed nothing" test "$before" = "$(cat "$WORK"/shapes/.dlwork/*/latest/result.json | md5sum)"
run 0 "status" status -p "$P" --seed 3
says "status" "ensemble.*up to date"

cut -d, -f1-3 "$WORK/shapes/train.csv" | head -n 101 >"$WORK/new.csv"
run 0 "predict" predict -p "$P" --input "$WORK/new.csv" --output "$WORK/out.csv"
check "one line a sample" test "$(wc -l <"$WORK/out.csv")" -eq 101
check "with probabilities" grep -q '^source,prediction,p_tall,p_wide' "$WORK/out.csv"
right=$(paste -d, <(tail -n +2 "$WORK/out.csv" | cut -d, -f2) <(tail -n +2 "$WORK/shapes/train.csv" | head -n 100 | cut -d, -f4) | awk -F, '$1 == $2' | wc -l)
check "predictions are right ($right of 100)" test "$right" -ge 85
run 0 "predict, JSON Lines" predict -p "$P" --input "$WORK/new.csv" --output "$WORK/out.jsonl"
check "JSON Lines" grep -q '"prediction":"' "$WORK/out.jsonl"

# The same project elsewhere gives the same weights.
mkdir "$WORK/again"
cp "$WORK/shapes/train.csv" "$P" "$WORK/again/"
run 0 "baseline again" baseline -p "$WORK/again/project.yaml" --seed 3
check "same seed, same bits" cmp "$WORK/shapes/.dlwork/baseline/latest/model.safetensors" "$WORK/again/.dlwork/baseline/latest/model.safetensors"

# Where the time went.
run 0 "profile" baseline -p "$WORK/again/project.yaml" --seed 3 --profile --force
says "profile" "Where the time of training went"
says "profile" "by the planned path"
check "a trace of it" grep -q '"traceEvents":\[{' "$WORK/again/.dlwork/baseline/latest/trace.json"

# Principal components in place of the inputs go with the model: prediction takes the raw table.
cp -r "$WORK/again" "$WORK/reduced"
rm -rf "$WORK/reduced/.dlwork"
P="$WORK/reduced/project.yaml"
C=(--set data.reduce.method=pca --set data.reduce.keep=4 --set tune.trials=1)
run 0 "components" run -p "$P" --seed 3 "${C[@]}"
says "components" "by data.reduce 4 principal components keep"
run 0 "components: predict" predict -p "$P" --input "$WORK/new.csv" --output "$WORK/out.csv"
right=$(paste -d, <(tail -n +2 "$WORK/out.csv" | cut -d, -f2) <(tail -n +2 "$WORK/reduced/train.csv" | head -n 100 | cut -d, -f4) | awk -F, '$1 == $2' | wc -l)
check "components: predictions are right ($right of 100)" test "$right" -ge 80
run 2 "components: too many" baseline -p "$P" --seed 3 --set data.reduce.method=pca --set data.reduce.keep=40
says "components: too many" "data.reduce.keep: 40 components cannot be had of 5 features"
P="$WORK/shapes/project.yaml"

# Killed in the middle of training, a resumed run ends with the bits of one that was not.
S=(--set training.epochs=4000 --set training.early_stopping.patience=0 --set diagnose.epochs=4000
  --set training.checkpoint_every=100ms)
run 0 "uninterrupted" diagnose -p "$P" "${S[@]}"
W=$(readlink -f "$WORK/shapes/.dlwork/diagnose/latest")/model.safetensors
# The same network is not trained again while its checkpoint is there.
C="$WORK/shapes/.dlwork/cache/diagnosed"
run 0 "the same network" diagnose -p "$P" "${S[@]}" --set diagnose.calibration_tolerance=0.2
says "the same network" "the network of the last diagnosis, which is the same"
check "the same network, same bits" cmp "$W" "$WORK/shapes/.dlwork/diagnose/latest/model.safetensors"
rm -rf "$C"
"$DLWORK" diagnose -p "$P" "${S[@]}" >/dev/null 2>&1 &
process=$!
for _ in $(seq 200); do
  sleep 0.05
  ls "$C"/*/*.safetensors >/dev/null 2>&1 && break
done
kill -KILL $process 2>/dev/null
wait $process 2>/dev/null
check "a result of before the kill stands" test -s "$WORK/shapes/.dlwork/diagnose/latest/result.json"
run 0 "resumed" diagnose -p "$P" "${S[@]}" --resume
check "resumed, same bits" cmp "$W" "$WORK/shapes/.dlwork/diagnose/latest/model.safetensors"
run 2 "nothing to resume" audit -p "$P" --resume
says "nothing to resume" "no unfinished run"

# A number to predict.
mkdir "$WORK/numbers"
awk 'BEGIN { srand(3); print "a,b,y"; for (i = 0; i < 400; ++i) { a = rand() * 10; b = rand() * 5
  printf "%.4f,%.4f,%.4f\n", a, b, 3 * a - 2 * b + 10 + (rand() - 0.5) } }' >"$WORK/numbers/train.csv"
cat >"$WORK/numbers/project.yaml" <<'YAML'
dlwork: 1
question: How large is y?
goal: {metric: rmse, target: 3, incumbent: 9, budget: {time: 20s, trials: 2}}
readiness: {time: 6s, folds: 2}
data: {train: train.csv, target: y}
accept: [{finding: network-needed, reason: a table to run the phases on, until: 2999-12-31}]
analogy: tabular-regression
diagnose: {time: 4s}
tune: {trials: 2, epochs: 10}
ensemble: {members: 2}
YAML
run 0 "regression" run -p "$WORK/numbers/project.yaml"
error=$(value "$WORK/numbers/.dlwork/ensemble/latest/result.json" metric)
check "the error is small ($error)" at_least 2 "$error"
finish
