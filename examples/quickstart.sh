#!/usr/bin/env bash
# From a bare Debian or Ubuntu machine to a trained ensemble: installs what is missing, builds
# dlwork, and runs all seven phases on the 70,000 pictures of Fashion-MNIST. Safe to run again.
#
#   bash examples/quickstart.sh [--libtorch=pip|system|PATH] [options of `dlwork run`]
set -euo pipefail
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=../cmake/setup.sh
source "$ROOT/cmake/setup.sh"

options=()
for argument in "$@"; do
  case $argument in
    --libtorch=*) LIBTORCH_CHOICE=${argument#*=} ;;
    -h | --help) sed -n '2,5s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) options+=("$argument") ;;
  esac
done

set_up release "dataset-fashion-mnist" -DCMAKE_BUILD_TYPE=Release -DDLWORK_TESTS=OFF
build dlwork
exec "$BUILD/bin/dlwork" run -p "$ROOT/examples/fashion-mnist/project.yaml" ${options[@]+"${options[@]}"}
