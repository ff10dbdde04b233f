#!/usr/bin/env bash
# Two processes train one network: what they give, how they are started, and how they end.
set -u
DLWORK=$1
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/support.sh"

# project NAME: a fresh project in $WORK/NAME, sets P and RUNS.
project() {
  mkdir -p "$WORK/$1"
  make_table 3000 >"$WORK/$1/train.csv"
  make_project "$WORK/$1"
  P="$WORK/$1/project.yaml"
  RUNS="$WORK/$1/.dlwork/baseline"
}
# Few steps of a calm optimizer, so that rounding does not grow.
S=(--set training.optimizer=sgd --set training.learning_rate=0.01 --set baseline.epochs=3
   --set baseline.subset=2001 --set baseline.decay_grid=false --set training.early_stopping.patience=0)

project alone
run 0 "alone, with the doubled batch" baseline -p "$P" "${S[@]}" --set training.batch_size=64
alone="$RUNS/latest"
project together
run 0 "two processes" baseline -p "$P" "${S[@]}" --set training.batch_size=32 --processes 2
says "two processes" "do not pay below about 5 ms a step"
check "one result on standard output" test "$(grep -c 'on the validation part from' "$WORK/out")" -eq 1
check "the same weights" python3 "$here/same_weights.py" "$alone/model.safetensors" "$RUNS/latest/model.safetensors" 1e-5
check "recorded" grep -q '"processes": 2' "$RUNS/latest/result.json"
check "one run folder" test "$(find "$RUNS" -mindepth 1 -maxdepth 1 -type d | wc -l)" -eq 1
check "nothing is left behind" test -z "$(find "${TMPDIR:-/tmp}" -maxdepth 1 -name 'dlwork-process-*' -newer "$P")"

# As torchrun and mpirun start them: each process by itself, told by its environment.
project launched
port=$((20000 + RANDOM % 10000))
RANK=1 WORLD_SIZE=2 LOCAL_RANK=1 LOCAL_WORLD_SIZE=2 MASTER_ADDR=127.0.0.1 MASTER_PORT=$port \
  "$DLWORK" baseline -p "$P" "${S[@]}" --set training.batch_size=32 >"$WORK/second" 2>&1 &
second=$!
RANK=0 WORLD_SIZE=2 LOCAL_RANK=0 LOCAL_WORLD_SIZE=2 MASTER_ADDR=127.0.0.1 MASTER_PORT=$port \
  run 0 "torchrun's variables" baseline -p "$P" "${S[@]}" --set training.batch_size=32
wait $second
check "the second process ends well" test $? -eq 0
check "the second process is silent" test ! -s "$WORK/second"
check "the same weights, launched" python3 "$here/same_weights.py" "$alone/model.safetensors" "$RUNS/latest/model.safetensors" 1e-5

OMPI_COMM_WORLD_RANK=0 OMPI_COMM_WORLD_SIZE=2 OMPI_COMM_WORLD_LOCAL_SIZE=2 \
  run 2 "another phase in several" audit -p "$P"
says "another phase in several" "audit runs in one process, and mpirun started 2"
run 2 "no number" baseline -p "$P" --processes two
says "no number" "--processes: 'two' is no whole number of 1 or more"

# Trials are shared out, and give what one process gives.
T=(--threads 1 --set goal.target=1 --set goal.budget.trials=4 --set tune.trials=4 --set tune.epochs=1
   --set tune.prune=false)
project one_by_one
run 0 "one process tunes" tune -p "$P" "${T[@]}"
one="$WORK/one_by_one/.dlwork/tune/latest"
project shared
run 0 "two processes tune" tune -p "$P" "${T[@]}" --processes 2
for trial in 0 1 2 3; do
  check "trial $trial is the same" cmp "$one/trial-$trial.safetensors" \
    "$WORK/shared/.dlwork/tune/latest/trial-$trial.safetensors"
done

# A long training of which one process is killed: all end, the checkpoint is gone on from.
L=(--set training.optimizer=sgd --set training.learning_rate=0.01 --set baseline.epochs=600
   --set baseline.subset=2001 --set baseline.decay_grid=false --set training.early_stopping.patience=0 --set training.batch_size=32
   --set training.checkpoint_every=100ms)
begin_long() {
  touch "$WORK/begun"
  "$DLWORK" baseline -p "$P" "${L[@]}" --processes 2 "$@" >"$WORK/out" 2>"$WORK/err" </dev/null &
  first=$!
  for _ in $(seq 600); do
    sleep 0.05
    test -n "$(find "$RUNS" -path '*/checkpoint/*' -name '*.safetensors' -newer "$WORK/begun" 2>/dev/null)" && break
  done
  second=$(pgrep -P $first | head -n 1)
}
# ends_with STATUS NAME SECONDS: the first process ends so, in time.
ends_with() {
  local status=0
  for _ in $(seq $((20 * $3))); do kill -0 $first 2>/dev/null || break; sleep 0.05; done
  kill -0 $first 2>/dev/null && { fail "$2: still there after $3 s"; kill -KILL $first; }
  wait $first || status=$?
  check "$2: status $status" test $status -eq "$1"
}
gone() { for _ in $(seq 100); do kill -0 "$1" 2>/dev/null || return 0; sleep 0.05; done; return 1; }

project killed
begin_long
kill -KILL "$second"
ends_with 4 "the second is killed" 20
says "the second is killed" "process 1 of 2 was killed by signal 9"
says "the second is killed" "the last checkpoint stays; go on with --resume"
check "one message" test "$(grep -c 'error: ' "$WORK/err")" -eq 1
check "a checkpoint is there" ls "$RUNS"/*/checkpoint/*.safetensors

begin_long --resume
kill -KILL $first
wait $first 2>/dev/null
check "the second ends when the first is killed" gone "$second"
says "the first is killed" "process 1 of 2: process 0 of 2 ended without a word"

check "its meeting place is gone" test -z "$(find "${TMPDIR:-/tmp}" -maxdepth 2 -name 'meeting' -newer "$P")"

begin_long --resume --timeout 2s
kill -STOP "$second"
ends_with 4 "the second hangs" 30
says "the second hangs" "no answer within 2"
kill -KILL "$second" 2>/dev/null

begin_long --resume
kill -INT $first
ends_with 130 "stopped" 20
says "stopped" "its state is kept"
check "the second ends with the first" gone "$second"
run 0 "resumed" baseline -p "$P" "${L[@]}" --processes 2 --resume
project never-killed
run 0 "never killed" baseline -p "$P" "${L[@]}" --processes 2
check "the same bits" cmp "$RUNS/latest/model.safetensors" "$WORK/killed/.dlwork/baseline/latest/model.safetensors"
finish
