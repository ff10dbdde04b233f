#!/usr/bin/env bash
# All seven phases with learners that are no supervised fit, on short versions of the examples: a
# policy for a simulated world, and word vectors of a text.
set -u
DLWORK=$1
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/support.sh"
examples=$here/../../examples

value() { # FILE KEY: the number after "KEY": in a result
  grep -oE "\"$2\": *-?[0-9.e-]+" "$1" | head -n 1 | grep -oE -- '-?[0-9.e-]+$'
}
at_least() { awk -v a="$1" -v b="$2" 'BEGIN { exit !(a + 0 >= b + 0) }'; }
all_phases() { # FOLDER
  for phase in readiness audit analogy test baseline diagnose tune ensemble; do
    check "$phase leaves a result" test -s "$1/.dlwork/$phase/latest/result.json"
    check "no check of $phase failed to run" bash -c "! grep -q '\"checked\": *false' '$1/.dlwork/$phase/latest/result.json'"
  done
}

# Word vectors.
mkdir "$WORK/words"
cp "$examples/word-vectors/project.yaml" "$WORK/words/"
bash "$examples/word-vectors/prepare.sh" 600 "$WORK/words/data" >/dev/null
P="$WORK/words/project.yaml"
W=(--set goal.target=0.68 --set training.epochs=4 --set training.batch_size=256 --set diagnose.time=3s --set tune.trials=2 --set ensemble.members=2)
run 0 "words: run" run -p "$P" "${W[@]}"
all_phases "$WORK/words"
R="$WORK/words/.dlwork/ensemble/latest/result.json"
check "true neighbours are preferred" at_least "$(value "$R" metric)" 0.70
printf 'lamp\nlantern\n' >"$WORK/asked.txt"
run 0 "words: predict" predict -p "$P" --input "$WORK/asked.txt" --output "$WORK/near.csv"
check "the planted pair is nearest, one way" grep -q ',lamp,lantern,' "$WORK/near.csv"
check "and the other" grep -q ',lantern,lamp,' "$WORK/near.csv"
run 0 "words: second run" run -p "$P" "${W[@]}"
says "words: second run" "up to date"

# The same project elsewhere gives the same vectors.
mkdir "$WORK/again"
cp -r "$P" "$WORK/words/data" "$WORK/again/"
run 0 "words: baseline again" baseline -p "$WORK/again/project.yaml" "${W[@]}"
check "words: same seed, same bits" cmp "$WORK/words/.dlwork/baseline/latest/model.safetensors" "$WORK/again/.dlwork/baseline/latest/model.safetensors"

# A policy.
mkdir "$WORK/cart"
cp "$examples/cartpole/project.yaml" "$WORK/cart/"
# The short version's goal is within a linear policy's reach.
echo 'accept: [{finding: network-needed, reason: a short run, until: 2999-12-31}]' >>"$WORK/cart/project.yaml"
P="$WORK/cart/project.yaml"
C=(--set data.episodes=100 --set data.test=20 --set goal.target=195 --set baseline.epochs=5 --set tune.epochs=5 --set training.epochs=20 --set diagnose.time=3s --set tune.trials=1 --set ensemble.members=2)
run 0 "cart: run" run -p "$P" "${C[@]}"
all_phases "$WORK/cart"
R="$WORK/cart/.dlwork/ensemble/latest/result.json"
check "the pole stays up, mean over 20 episodes" at_least "$(value "$R" metric)" 195
printf 'x,x_speed,angle,angle_speed\n0,0,0.15,0.5\n0,0,-0.15,-0.5\n' >"$WORK/states.csv"
run 0 "cart: predict" predict -p "$P" --input "$WORK/states.csv" --output "$WORK/actions.csv"
check "it pushes to where the pole falls" bash -c "cut -d, -f2 '$WORK/actions.csv' | tail -n 2 | tr '\n' ' ' | grep -qx 'right left '"

# What cannot be said is said once.
run 3 "cart: words are no states" predict -p "$P" --input "$WORK/asked.txt" --output "$WORK/none.csv"
run 2 "an unknown world" audit -p "$P" --set data.environment=moon
says "an unknown world" "there is no world moon"

finish
