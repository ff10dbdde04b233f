#!/usr/bin/env bash
# Killed again and again at random moments and resumed each time, a run ends with the bits of one
# that was never killed. kills.sh DLWORK [KILLS [SEED [planned|autograd]]]: the second adds to dropout
# and batch norm what else a run draws or carries on: noise, mixed samples, averaged weights.
set -u
DLWORK=$1
KILLS=${2:-5}
RANDOM=${3:-7}
VARIANT=${4:-planned}
source "$(dirname "${BASH_SOURCE[0]}")/support.sh"

mkdir "$WORK/shapes"
make_table 3000 >"$WORK/shapes/train.csv"
make_project "$WORK/shapes"
P="$WORK/shapes/project.yaml"
RUNS="$WORK/shapes/.dlwork/diagnose"
CHECKPOINT="$WORK/shapes/.dlwork/cache/diagnosed"
EPOCHS=150 EXTRA=() FITTED="planned"
if [ "$VARIANT" = autograd ]; then
  EPOCHS=60 FITTED="autograd (samples are mixed)"
  EXTRA=(--set training.augment.noise=0.1 --set training.augment.mixup=0.2
         --set training.averaging.method=ema)
fi
# Checkpoints at every epoch and every 20 ms, so that many kills meet one being written.
S=(--set training.epochs=$EPOCHS --set diagnose.epochs=$EPOCHS --set training.early_stopping.patience=0
   --set training.checkpoint_every=0.02s ${EXTRA[@]+"${EXTRA[@]}"})
run 0 "audit" audit -p "$P"
started=$(date +%s%N)
run 0 "never killed" diagnose -p "$P" "${S[@]}"
whole_ms=$((($(date +%s%N) - started) / 1000000))
check "trained by the path: $FITTED" grep -qF "\"path\": \"$FITTED\"" "$RUNS/latest/result.json"
check "there is dropout" grep -q 'dropout' "$RUNS/latest/resolved.yaml"
cp "$(readlink -f "$RUNS/latest")/model.safetensors" "$WORK/expected.safetensors"
rm -rf "$RUNS" "$CHECKPOINT"

# An unfinished run has no result; the killed one is gone on with, else a new one begins.
resume_flag() {
  local folder
  RESUME=()
  for folder in "$RUNS"/*/; do
    [ -d "$folder" ] && [ ! -L "${folder%/}" ] && [ ! -s "$folder/result.json" ] && RESUME=(--resume)
  done
}

kills=0 ends=0 inside=0
while [ $kills -lt "$KILLS" ]; do
  resume_flag
  "$DLWORK" diagnose -p "$P" "${S[@]}" ${RESUME[@]+"${RESUME[@]}"} >"$WORK/out" 2>"$WORK/err" </dev/null &
  process=$!
  # Up to 40 % beyond the whole run's time: some runs are to come to their end.
  moment_ms=$((RANDOM % (whole_ms * 14 / 10)))
  sleep "$(awk -v ms=$moment_ms 'BEGIN { print ms / 1000 }')"
  kill -KILL $process 2>/dev/null
  status=0
  wait $process 2>/dev/null || status=$?
  if [ $status -eq 137 ]; then
    kills=$((kills + 1))
    ls "$CHECKPOINT"/*/*.safetensors >/dev/null 2>&1 && inside=$((inside + 1))
    continue
  fi
  ends=$((ends + 1))
  check "end $ends after $kills kills: status $status" test $status -eq 0
  check "end $ends: same bits" cmp "$WORK/expected.safetensors" "$RUNS/latest/model.safetensors"
  rm -rf "$CHECKPOINT"  # the next is to train again
done
resume_flag
run 0 "after the last kill" diagnose -p "$P" "${S[@]}" ${RESUME[@]+"${RESUME[@]}"}
check "after the last kill, same bits" cmp "$WORK/expected.safetensors" "$RUNS/latest/model.safetensors"
check "kills while there was a checkpoint: $inside of $kills" test $((inside * 3)) -ge "$kills"
check "nothing half-written is left" test -z "$(find "$WORK/shapes/.dlwork" -name '.*.tmp.*')"
finish
