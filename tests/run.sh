#!/usr/bin/env bash
# Installs what is missing, builds the tests, runs them and prints the totals.
#
#   bash tests/run.sh [--libtorch=pip|system|PATH] [--sanitize] [options of ctest]
#
# Slow tests are left out; `-L slow` runs them alone. DLWORK_DATA names the folder of real data.
set -euo pipefail
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=../cmake/setup.sh
source "$ROOT/cmake/setup.sh"

name=tests
settings=(-DCMAKE_BUILD_TYPE=Release "-DCMAKE_CXX_FLAGS_RELEASE=-O1 -g0")
selection=(-LE slow)
options=()
for argument in "$@"; do
  case $argument in
    --libtorch=*) LIBTORCH_CHOICE=${argument#*=}; name=tests-$(basename "$LIBTORCH_CHOICE") ;;
    --sanitize)
      name=asan
      settings=(-DCMAKE_BUILD_TYPE=Debug "-DCMAKE_CXX_FLAGS_DEBUG=-O1 -g1" -DDLWORK_SANITIZE=address,undefined)
      export ASAN_OPTIONS=detect_leaks=0:detect_container_overflow=0 UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1
      ;;
    -h | --help) sed -n '2,6s/^# \{0,1\}//p' "$0"; exit 0 ;;
    -L) selection=(); options+=("$argument") ;;
    *) options+=("$argument") ;;
  esac
done

# Python peers that some tests compare with; without them those tests say that they are skipped.
peers() {
  local venv=$BUILD_ROOT/peers
  if [ ! -f "$venv/ready" ]; then
    { python3 -m venv "$venv" && "$venv/bin/python" -m pip install --quiet numpy scikit-learn safetensors jsonschema pyyaml &&
      touch "$venv/ready"; } >"$BUILD_ROOT/peers.log" 2>&1 || { say "No Python peers (see $BUILD_ROOT/peers.log): their tests are skipped"; return; }
  fi
  export DLWORK_PEERS_PYTHON=$venv/bin/python
}

set_up "$name" "$TEST_PACKAGES dataset-fashion-mnist python3-venv" -DDLWORK_TESTS=ON "${settings[@]}"
[ -n "${DLWORK_PEERS_PYTHON:-}" ] || peers
if [ -z "${DLWORK_DATA:-}" ] && [ -d "$ROOT/../shared/data" ]; then
  DLWORK_DATA=$(cd "$ROOT/../shared/data" && pwd)
fi
export DLWORK_DATA=${DLWORK_DATA:-}
build all
ctest --test-dir "$BUILD" --output-on-failure -j "$(nproc)" ${selection[@]+"${selection[@]}"} ${options[@]+"${options[@]}"}
