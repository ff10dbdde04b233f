#!/usr/bin/env bash
# From a bare Debian or Ubuntu machine to a trained ensemble: installs what is missing, builds
# dlwork, and runs all seven phases on the 70,000 pictures of Fashion-MNIST. Safe to run again.
#
#   bash examples/quickstart.sh [--libtorch=pip|system|FOLDER] [--build-only] [options of `dlwork run`]
#
# --build-only leaves build/release/bin/dlwork and runs nothing.
# --libtorch forces a LibTorch; without it, in this order: what CMAKE_PREFIX_PATH or Torch_DIR names,
# the torch that python3 imports, pip's CPU build, the system's package. DLWORK_PIP_INDEX names
# another pip index. Exit status: that of `dlwork run`; 2 where something cannot be installed.
set -euo pipefail
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=../cmake/setup.sh
source "$ROOT/cmake/setup.sh"

options=()
packages=(dataset-fashion-mnist)
for argument in "$@"; do
  case $argument in
    --libtorch=*) LIBTORCH_CHOICE=${argument#*=} ;;
    -h | --help) sed -n '2,10s/^# \{0,1\}//p' "$0"; exit 0 ;;
    --build-only) packages=() ;;
    *) options+=("$argument") ;;
  esac
done

set_up release "${packages[@]}"
build dlwork
[ ${#packages[@]} -gt 0 ] || exit 0
exec "$BUILD/bin/dlwork" run -p "$ROOT/examples/fashion-mnist/project.yaml" "${options[@]}"
