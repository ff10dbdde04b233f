#!/usr/bin/env bash
# All seven phases with learners that are no supervised fit: on short versions of the examples a policy
# for a simulated world and word vectors of a text; texts written from made series, places of rows by
# class, and pictures enlarged.
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

# Texts: each word is one of three channels that is high for four steps.
mkdir "$WORK/said"
awk 'BEGIN {
  srand(3); split("left right stop", words, " "); print "a,b,c,said"
  for (row = 0; row < 260; row++) {
    said = ""; for (c = 1; c <= 3; c++) series[c] = ""
    count = 1 + int(rand() * 4)
    for (word = 1; word <= count; word++) {
      unit = 1 + int(rand() * 3); pause = 1 + int(rand() * 3)
      said = said (word > 1 ? " " : "") words[unit]
      for (t = 0; t < pause + 4; t++) for (c = 1; c <= 3; c++)
        series[c] = series[c] sprintf("%.2f ", (t >= pause && c == unit) + 0.2 * (rand() - 0.5))
    }
    print series[1] "0," series[2] "0," series[3] "0," said
  }
}' >"$WORK/said/said.csv"
cat >"$WORK/said/project.yaml" <<'YAML'
dlwork: 1
question: What is said?
goal: {metric: word-error-rate, target: 0.2, budget: {trials: 2}}
task: transcription
data: {train: said.csv, target: said, columns: {a: sequence, b: sequence, c: sequence}}
model: {layers: [{conv1d: {channels: 16, kernel: 7}}, relu, output]}
training: {epochs: 10, batch_size: 16, learning_rate: 0.02, transcript: {units: word}}
baseline: {model: {layers: [{conv1d: {channels: 8, kernel: 7}}, relu, output]}}
tune: {epochs: 10}
YAML
P="$WORK/said/project.yaml"
S=(--set diagnose.time=3s --set tune.trials=2 --set ensemble.members=2 --set readiness.time=10s)
run 0 "said: run" run -p "$P" "${S[@]}"
all_phases "$WORK/said"
R="$WORK/said/.dlwork/ensemble/latest/result.json"
check "few words are wrong" at_least 0.2 "$(value "$R" metric)"
head -n 3 "$WORK/said/said.csv" | cut -d, -f1-3 >"$WORK/heard.csv"
run 0 "said: predict" predict -p "$P" --input "$WORK/heard.csv" --output "$WORK/texts.csv"
check "a text each" bash -c "head -n 1 '$WORK/texts.csv' | grep -qx 'source,prediction,confidence' && test $(wc -l <"$WORK/texts.csv") -eq 3"

# Rows of six classes on a circle, in two of twelve columns.
mkdir "$WORK/circle"
awk 'BEGIN {
  srand(3)
  for (c = 1; c <= 12; ++c) printf "x%d,", c
  print "kind"
  for (row = 0; row < 600; ++row) {
    angle = row % 6 * 3.14159265 / 3
    for (c = 1; c <= 12; ++c) {
      noise = sqrt(-2 * log(1 - rand())) * cos(6.2831853 * rand())
      printf "%.4f,", c == 1 ? 2.5 * cos(angle) + noise / 2 : c == 2 ? 2.5 * sin(angle) + noise / 2 : noise
    }
    print substr("abcdef", row % 6 + 1, 1)
  }
}' >"$WORK/circle/circle.csv"
cat >"$WORK/circle/project.yaml" <<'EOF'
dlwork: 1
name: circle
question: Which rows are of one kind?
task: similarity
goal: {metric: recall-at-1, target: 0.75, incumbent: 0.3, budget: {time: 2min, trials: 1}}
data: {train: circle.csv, target: kind, test: 0.2, validation: 0.2}
training: {epochs: 12, batch_size: 60, learning_rate: 0.01}
accept: [{finding: network-needed, reason: a short run, until: 2999-12-31}]
EOF
P="$WORK/circle/project.yaml"
S=(--set readiness.time=5s --set diagnose.time=3s --set tune.trials=1 --set ensemble.members=2)
run 0 "circle: run" run -p "$P" "${S[@]}"
all_phases "$WORK/circle"
R="$WORK/circle/.dlwork/ensemble/latest/result.json"
check "the nearest row is of the class" at_least "$(value "$R" metric)" 0.75
head -n 4 "$WORK/circle/circle.csv" | cut -d, -f1-12 >"$WORK/rows.csv"
run 0 "circle: predict" predict -p "$P" --input "$WORK/rows.csv" --output "$WORK/places.csv"
check "a vector and the nearest class of each" grep -qE '^[^,]*rows.csv:2,a,[0-9.e-]+,-?[0-9.e-]+,' "$WORK/places.csv"

# Pictures of discs, 16 x 16, without labels.
mkdir "$WORK/discs"
printf '%b' "$(awk 'BEGIN {
  srand(3); printf "\\0000\\0000\\0010\\0003\\0000\\0000\\0000\\0120\\0000\\0000\\0000\\0020\\0000\\0000\\0000\\0020"
  for (picture = 0; picture < 80; ++picture) {
    x = 3 + 10 * rand(); y = 3 + 10 * rand(); r = 3 + 4 * rand(); dark = 90 * rand(); light = 160 + 90 * rand()
    for (i = 0; i < 256; ++i) printf "\\0%03o", (i % 16 - x) ^ 2 + (int(i / 16) - y) ^ 2 < r * r ? light : dark
  }
}')" >"$WORK/discs/discs.idx"
cat >"$WORK/discs/project.yaml" <<'YAML'
dlwork: 1
name: discs
question: How much of a picture can be restored from half its size?
task: super-resolution
goal: {metric: psnr, target: 20, budget: {time: 2min, trials: 1}}
data: {train: discs.idx}
model: {layers: [{conv2d: 16}, relu]}
training: {epochs: 20, batch_size: 8, learning_rate: 0.01}
accept: [{finding: network-needed, reason: a short run, until: 2999-12-31}]
YAML
P="$WORK/discs/project.yaml"
run 0 "discs: run" run -p "$P" "${S[@]}"
all_phases "$WORK/discs"
R="$WORK/discs/.dlwork/ensemble/latest/result.json"
check "pictures are restored" at_least "$(value "$R" metric)" 20
run 0 "discs: predict" predict -p "$P" --input "$WORK/discs/discs.idx" --output "$WORK/restored.csv"
check "what each lost" bash -c "head -n 1 '$WORK/restored.csv' | grep -qx 'source,psnr,ssim' && test $(wc -l <"$WORK/restored.csv") -eq 81"

# What cannot be said is said once.
P="$WORK/cart/project.yaml"
run 3 "cart: words are no states" predict -p "$P" --input "$WORK/asked.txt" --output "$WORK/none.csv"
run 2 "an unknown world" audit -p "$P" --set data.environment=moon
says "an unknown world" "there is no world moon"

finish
