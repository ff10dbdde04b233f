#!/usr/bin/env bash
# Killed again and again at random moments and resumed each time, a run ends with the bits of one
# that was never killed. kills.sh DLWORK [KILLS [SEED [planned|autograd|words|policy]]]: the second adds
# to dropout and batch norm what else a run draws or carries on: noise, mixed samples, averaged weights;
# the others are learners of tasks' own.
set -u
DLWORK=$1
KILLS=${2:-5}
RANDOM=${3:-7}
VARIANT=${4:-planned}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/support.sh"
examples=$here/../../examples

P="$WORK/killed/project.yaml"
mkdir "$WORK/killed"
PHASE=baseline FITTED="autograd" EXTRA=()
case $VARIANT in
planned | autograd)
  make_table 3000 >"$WORK/killed/train.csv"
  make_project "$WORK/killed"
  PHASE=diagnose EPOCHS=150 EVERY=0.02s FITTED="planned"
  if [ "$VARIANT" = autograd ]; then
    EPOCHS=60 FITTED="autograd (samples are mixed)"
    EXTRA=(--set training.augment.noise=0.1 --set training.augment.mixup=0.2
           --set training.averaging.method=ema)
  fi
  ;;
words)
  cp "$examples/word-vectors/project.yaml" "$WORK/killed/"
  bash "$examples/word-vectors/prepare.sh" 600 "$WORK/killed/data" >/dev/null
  EPOCHS=8 EVERY=0.05s
  ;;
policy)
  cp "$examples/cartpole/project.yaml" "$WORK/killed/"
  EPOCHS=3 EVERY=0.1s
  EXTRA=(--set training.learning_rate=0.002 --set goal.target=30 --set data.episodes=100
         --set training.reinforcement.steps=1000 --set training.reinforcement.buffer=2000)
  ;;
esac
RUNS="$WORK/killed/.dlwork/$PHASE"
CHECKPOINT="$WORK/killed/.dlwork/cache/diagnosed"
# Checkpoints at every epoch and after a few steps, so that many kills meet one being written.
S=(--set training.epochs=$EPOCHS --set $PHASE.epochs=$EPOCHS --set training.early_stopping.patience=0
   --set training.checkpoint_every=$EVERY ${EXTRA[@]+"${EXTRA[@]}"})
run 0 "audit" audit -p "$P"
started=$(date +%s%N)
run 0 "never killed" $PHASE -p "$P" "${S[@]}"
whole_ms=$((($(date +%s%N) - started) / 1000000))
check "trained by the path: $FITTED" grep -qF "\"path\": \"$FITTED\"" "$RUNS/latest/result.json"
[ $PHASE = baseline ] || check "there is dropout" grep -q 'dropout' "$RUNS/latest/resolved.yaml"
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
# A third must meet a checkpoint: where the machine is too fast for that there are more.
while [ $kills -lt "$KILLS" ] || { [ $((inside * 3)) -lt "$KILLS" ] && [ $kills -lt $((5 * KILLS)) ]; }; do
  resume_flag
  "$DLWORK" $PHASE -p "$P" "${S[@]}" ${RESUME[@]+"${RESUME[@]}"} >"$WORK/out" 2>"$WORK/err" </dev/null &
  process=$!
  # Up to 40 % beyond the whole run's time: some runs are to come to their end.
  moment_ms=$((RANDOM % (whole_ms * 14 / 10)))
  sleep "$(awk -v ms=$moment_ms 'BEGIN { print ms / 1000 }')"
  kill -KILL $process 2>/dev/null
  status=0
  wait $process 2>/dev/null || status=$?
  if [ $status -eq 137 ]; then
    kills=$((kills + 1))
    kept=$(compgen -G "$CHECKPOINT/*/*.safetensors" || compgen -G "$RUNS/*/checkpoint/*.safetensors")
    [ -n "$kept" ] && inside=$((inside + 1))
    continue
  fi
  ends=$((ends + 1))
  check "end $ends after $kills kills: status $status" test $status -eq 0
  check "end $ends: same bits" cmp "$WORK/expected.safetensors" "$RUNS/latest/model.safetensors"
  rm -rf "$CHECKPOINT"  # the next is to train again
done
resume_flag
run 0 "after the last kill" $PHASE -p "$P" "${S[@]}" ${RESUME[@]+"${RESUME[@]}"}
check "after the last kill, same bits" cmp "$WORK/expected.safetensors" "$RUNS/latest/model.safetensors"
check "kills while there was a checkpoint: $inside of $kills" test $((inside * 3)) -ge "$KILLS"
check "nothing half-written is left" test -z "$(find "$WORK/killed/.dlwork" -name '.*.tmp.*')"
finish
