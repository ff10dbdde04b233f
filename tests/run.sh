#!/usr/bin/env bash
# Installs what is missing, builds the tests, runs them and prints the totals.
#
#   bash tests/run.sh [--preset dev|ci|asan] [--joined] [--libtorch=pip|system|FOLDER] [options of ctest]
#
# dev, with clang, builds fastest and is the default, but for LibTorch before 2.6, which needs ci, g++'s.
# --joined compiles several files as one: a build from nothing takes half the time, later ones longer.
# Slow tests are left out unless `-L slow` asks for them; `-R name` picks tests by name. DLWORK_DATA
# names a folder of real data, DLWORK_PEERS_PYTHON a Python with numpy, pandas, scikit-learn, safetensors,
# jsonschema, tensorboard and gymnasium; a Chromium on the path is used where there is one. Tests that need what
# is not there are skipped and say so.
set -euo pipefail
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=../cmake/setup.sh
source "$ROOT/cmake/setup.sh"

preset=
options=()
while [ $# -gt 0 ]; do
  case $1 in
    --libtorch=*) LIBTORCH_CHOICE=${1#*=} ;;
    --preset) preset=${2:?--preset needs a name}; shift ;;
    --preset=*) preset=${1#*=} ;;
    --joined) CMAKE_OPTIONS+=(-DDLWORK_UNITY=ON) ;;
    -h | --help) sed -n '2,11s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) options+=("$1") ;;
  esac
  shift
done
[[ " ${options[*]} " =~ \ (-L|--label-regex)[\ =]?slow ]] || options+=(-LE slow)

# Python programs that some tests compare with; what can be had is used.
make_peers() {
  # The named index may hold torch alone.
  local venv=$ROOT/build/peers index=(${DLWORK_PIP_INDEX:+--extra-index-url "$DLWORK_PIP_INDEX"})
  if [ ! -f "$venv/ready" ]; then
    say "Installing the tests' Python peers with pip in $venv"
    if make_venv "$venv" && "$venv/bin/python" -m pip install --quiet "${index[@]}" \
      numpy pandas scikit-learn safetensors jsonschema pyyaml >"$ROOT/build/peers.log" 2>&1; then
      touch "$venv/ready"
    else
      say "pip could not bring them (see $ROOT/build/peers.log): the tests that need them are skipped"
      return 0
    fi
  fi
  local package
  for package in tensorboard gymnasium; do
    [ ! -f "$venv/$package" ] || continue
    if "$venv/bin/python" -m pip install --quiet "${index[@]}" "$package" >"$ROOT/build/$package.log" 2>&1; then
      touch "$venv/$package"
    else
      say "pip could not bring $package (see $ROOT/build/$package.log): the tests that need it are skipped"
    fi
  done
  export DLWORK_PEERS_PYTHON=$venv/bin/python
}

if [ -z "$preset" ]; then
  find_libtorch
  preset=dev
  ! needs_gcc || preset=ci
fi
set_up "$preset" "${TEST_PACKAGES[@]}" dataset-fashion-mnist
[ -n "${DLWORK_PEERS_PYTHON:-}" ] || make_peers
if [ -z "${DLWORK_DATA:-}" ] && [ -d "$ROOT/../shared/data" ]; then
  DLWORK_DATA=$(cd "$ROOT/../shared/data" && pwd)
  export DLWORK_DATA
fi
build

# Two tests side by side must not wait for each other with both cores spinning.
export GOMP_SPINCOUNT=${GOMP_SPINCOUNT:-10000}
# LibTorch keeps what it allocated once until the process ends, which is no leak. What asks for more
# memory than there is is told so, as without the sanitizer.
export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_leaks=0:allocator_may_return_null=1} UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1}
status=0
ctest --test-dir "$BUILD" --output-on-failure --no-tests=error -j 2 --output-junit tests.xml "${options[@]}" || status=$?
total() { sed -n "s/.*<testsuite.* $1=\"\([0-9]*\)\".*/\1/p;/$1=/{s/^[[:space:]]*$1=\"\([0-9]*\)\".*/\1/p;}" "$BUILD/tests.xml" | head -n 1; }
printf '%s tests: %s failed, %s skipped\n' "$(total tests)" "$(total failures)" "$(total skipped)"
exit $status
