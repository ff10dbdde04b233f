#!/usr/bin/env bash
# Two processes share out trials or members: what they give, and how they end.
set -u
DLWORK=$1
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/support.sh"

# same NAME PHASE OTHER FILE...: the files of the newest run are those of project OTHER's.
same() {
  local name=$1 phase=$2 other=$3 file
  shift 3
  for file in "$@"; do
    check "$name: $file" cmp "$WORKSPACE/$phase/latest/$file.safetensors" \
      "$WORK/$other/.dlwork/$phase/latest/$file.safetensors"
  done
}

# Trials are shared out, and give what one process gives.
T=(--threads 1 --set goal.target=1 --set goal.budget.trials=4 --set tune.trials=4 --set tune.epochs=1
   --set tune.prune=false)
project one_by_one
run 0 "one process tunes" tune -p "$P" "${T[@]}"
project shared
run 0 "two processes tune" tune -p "$P" "${T[@]}" --processes 2
same "the same trials" tune one_by_one trial-0 trial-1 trial-2 trial-3

# And so are members: of a network without planned kernels here.
M=(--threads 1 --set ensemble.members=4 --set training.averaging.method=ema)
project members
run 0 "one process trains members" ensemble -p "$P" "${M[@]}"
project members_shared
run 0 "two processes train members" ensemble -p "$P" "${M[@]}" --processes 2
same "the same members" ensemble members member-1 member-2 member-3 member-4
check "recorded" grep -q '"processes": 2' "$WORKSPACE/ensemble/latest/result.json"
check "nothing is left behind" test -z "$(find "$TMPDIR" -maxdepth 1 -name 'dlwork-process-*' -newer "$P")"

# Where one is lost the other ends soon, with its state kept, and the run is gone on from.
L=("${M[@]}" --set ensemble.epochs=150 --set training.early_stopping.patience=0
   --set training.checkpoint_every=100ms)
project killed
begin ensemble "${L[@]}"
kill -KILL "$second"
ends_with 4 "the second is killed" 5
says "the second is killed" "process 1 of 2 was killed by signal 9"
says "the second is killed" "go on with --resume"
check "one message" test "$(grep -c 'error: ' "$WORK/err")" -eq 1
check "no result" test ! -e "$WORKSPACE/ensemble/latest"

begin ensemble "${L[@]}" --resume
kill -KILL $first
wait $first 2>/dev/null
check "the second ends when the first is killed" gone "$second"
says "the first is killed" "process 1 of 2: process 0 of 2 ended without a word"

begin ensemble "${L[@]}" --resume
kill -INT $first
ends_with 130 "stopped" 5
says "stopped" "its state is kept"
check "the second ends with the first" gone "$second"
run 0 "gone on from" ensemble -p "$P" "${L[@]}" --processes 2 --resume
project never_killed
run 0 "never killed" ensemble -p "$P" "${L[@]}" --processes 2
same "the same bits" ensemble killed member-1 member-2 member-3 member-4
finish
