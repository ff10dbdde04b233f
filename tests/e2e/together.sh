#!/usr/bin/env bash
# Two processes train one network: what they give, how they are started, and how they end.
set -u
DLWORK=$1
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/support.sh"

# Few steps of a calm optimizer, so that rounding does not grow.
S=(--set training.optimizer=sgd --set training.learning_rate=0.01 --set baseline.epochs=3
   --set baseline.subset=2001 --set baseline.decay_grid=false --set training.early_stopping.patience=0)

project alone
run 0 "alone, with the doubled batch" baseline -p "$P" "${S[@]}" --set training.batch_size=64
alone="$WORKSPACE/baseline/latest"
project together
run 0 "two processes" baseline -p "$P" "${S[@]}" --set training.batch_size=32 --processes 2
says "two processes" "do not pay below about 5 ms a step"
check "one result on standard output" test "$(grep -c 'on the validation part from' "$WORK/out")" -eq 1
check "the same weights" python3 "$here/same_weights.py" "$alone/model.safetensors" "$WORKSPACE/baseline/latest/model.safetensors" 1e-5
check "recorded" grep -q '"processes": 2' "$WORKSPACE/baseline/latest/result.json"
check "one run folder" test "$(find "$WORKSPACE/baseline" -mindepth 1 -maxdepth 1 -type d | wc -l)" -eq 1
check "nothing is left behind" test -z "$(find "$TMPDIR" -maxdepth 1 -name 'dlwork-process-*' -newer "$P")"

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
check "the same weights, launched" python3 "$here/same_weights.py" "$alone/model.safetensors" "$WORKSPACE/baseline/latest/model.safetensors" 1e-5

OMPI_COMM_WORLD_RANK=0 OMPI_COMM_WORLD_SIZE=2 OMPI_COMM_WORLD_LOCAL_SIZE=2 \
  run 2 "another phase in several" audit -p "$P"
says "another phase in several" "audit runs in one process, and mpirun started 2"
run 2 "no number" baseline -p "$P" --processes two
says "no number" "--processes: 'two' is no whole number of 1 or more"

# A long training of which one process is killed: all end, the checkpoint is gone on from.
L=(--set training.optimizer=sgd --set training.learning_rate=0.01 --set baseline.epochs=600
   --set baseline.subset=2001 --set baseline.decay_grid=false --set training.early_stopping.patience=0 --set training.batch_size=32
   --set training.checkpoint_every=100ms)
project killed
begin baseline "${L[@]}"
kill -KILL "$second"
ends_with 4 "the second is killed" 20
says "the second is killed" "process 1 of 2 was killed by signal 9"
says "the second is killed" "the last checkpoint stays; go on with --resume"
check "one message" test "$(grep -c 'error: ' "$WORK/err")" -eq 1
check "a checkpoint is there" ls "$WORKSPACE/baseline"/*/checkpoint/*.safetensors

begin baseline "${L[@]}" --resume
kill -KILL $first
wait $first 2>/dev/null
check "the second ends when the first is killed" gone "$second"
says "the first is killed" "process 1 of 2: process 0 of 2 ended without a word"

check "its meeting place is gone" test -z "$(find "$TMPDIR" -maxdepth 2 -name 'meeting' -newer "$P")"

begin baseline "${L[@]}" --resume --timeout 2s
kill -STOP "$second"
ends_with 4 "the second hangs" 30
says "the second hangs" "no answer within 2"
kill -KILL "$second" 2>/dev/null

begin baseline "${L[@]}" --resume
kill -INT $first
ends_with 130 "stopped" 20
says "stopped" "its state is kept"
check "the second ends with the first" gone "$second"
run 0 "resumed" baseline -p "$P" "${L[@]}" --processes 2 --resume
project never-killed
run 0 "never killed" baseline -p "$P" "${L[@]}" --processes 2
check "the same bits" cmp "$WORKSPACE/baseline/latest/model.safetensors" "$WORK/killed/.dlwork/baseline/latest/model.safetensors"
finish
