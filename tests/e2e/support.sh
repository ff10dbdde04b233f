# Sourced by the end-to-end tests: runs the real program and asserts status and text.
# Needs DLWORK, the program; makes WORK, a folder that goes when the test ends.

WORK=$(mktemp -d "${TMPDIR:-/tmp}/dlwork-e2e-XXXXXX")
export TMPDIR=$WORK  # what other tests leave there meanwhile is not this one's
MOUNTS=()
clean_up() {
  local mount
  for mount in ${MOUNTS[@]+"${MOUNTS[@]}"}; do umount "$mount" 2>/dev/null || true; done
  rm -rf "$WORK"
}
trap clean_up EXIT
FAILED=0
CASES=0

fail() { FAILED=$((FAILED + 1)); printf 'FAILED %s\n' "$1"; sed 's/^/    /' "$WORK/out" "$WORK/err" 2>/dev/null | tail -n 15; }

# run STATUS NAME ARGUMENT...: runs dlwork; its status must be STATUS.
run() {
  local expected=$1 name=$2 status=0
  shift 2
  CASES=$((CASES + 1))
  "$DLWORK" "$@" >"$WORK/out" 2>"$WORK/err" </dev/null || status=$?
  if [ "$status" -ne "$expected" ]; then fail "$name: exit status $status, expected $expected"; fi
  return 0
}

# says NAME PATTERN: the last run's standard error holds PATTERN (extended regular expression).
says() {
  CASES=$((CASES + 1))
  grep -qE -- "$2" "$WORK/err" "$WORK/out" || fail "$1: says nothing like: $2"
}

# check NAME COMMAND...: the command succeeds.
check() {
  local name=$1
  shift
  CASES=$((CASES + 1))
  "$@" >"$WORK/check" 2>&1 || fail "$name: $*"
}

finish() {
  printf '%d checks, %d failed\n' "$CASES" "$FAILED"
  [ "$FAILED" -eq 0 ]
}

# A table of COUNT rows with two classes that a line parts but for a little noise.
make_table() {
  awk -v n="$1" 'BEGIN { srand(7); print "width,height,colour,kind"
    split("red green blue", colours, " ")
    for (i = 0; i < n; ++i) {
      w = rand() * 10; h = rand() * 10; c = colours[int(rand() * 3) + 1]
      s = w - h + (c == "red" ? 2 : 0) + (rand() - 0.5)
      printf "%.4f,%.4f,%s,%s\n", w, h, c, (s > 0 ? "wide" : "tall") } }'
}

# make_project FOLDER [EXTRA LINES OF data:]: a project over FOLDER/train.csv that runs in seconds.
make_project() {
  cat >"$1/project.yaml" <<YAML
dlwork: 1
name: shapes
question: Is the shape wide or tall?
goal: {metric: accuracy, target: 0.8, incumbent: 0.5, budget: {time: 20s, trials: 2}}
readiness: {time: 6s, folds: 2}
data:
  train: train.csv
  target: kind
${2:-}
accept: [{finding: network-needed, reason: a table to run the phases on, until: 2999-12-31}]
analogy: tabular-classification
baseline: {epochs: 5}
training: {epochs: 5}
diagnose: {time: 4s}
tune: {trials: 2, epochs: 2}
ensemble: {members: 2}
YAML
}

# project NAME: a fresh project in $WORK/NAME; sets P, its file, and WORKSPACE.
project() {
  mkdir -p "$WORK/$1"
  make_table 3000 >"$WORK/$1/train.csv"
  make_project "$WORK/$1"
  P="$WORK/$1/project.yaml"
  WORKSPACE="$WORK/$1/.dlwork"
}

# begin ARGUMENT...: runs dlwork on $P in two processes, until the first checkpoint is there; sets
# `first` and `second` to their numbers.
begin() {
  touch "$WORK/begun"
  "$DLWORK" "$@" -p "$P" --processes 2 >"$WORK/out" 2>"$WORK/err" </dev/null &
  first=$!
  for _ in $(seq 600); do
    sleep 0.05
    test -n "$(find "$WORKSPACE" -path '*checkpoint/*' -name '*.safetensors' -newer "$WORK/begun" 2>/dev/null)" && break
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
# gone PROCESS: within 5 s.
gone() { for _ in $(seq 100); do kill -0 "$1" 2>/dev/null || return 0; sleep 0.05; done; return 1; }
