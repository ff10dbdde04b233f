#!/usr/bin/env bash
# How the scripts choose a LibTorch and what they do where something cannot be installed. Nothing is
# installed or downloaded here: what asks pip and apt is replaced.
set -u
DLWORK=$1
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$HERE/support.sh"
ROOT=$WORK/project
mkdir -p "$ROOT/build"
SETUP=$HERE/../../cmake/setup.sh

# chosen NAME WANTED SCRIPT: what SCRIPT prints after the set-up's functions are read.
chosen() {
  local name=$1 wanted=$2 found status=0
  CASES=$((CASES + 1))
  found=$(exec 2>"$WORK/err"; set -e; source "$SETUP"; eval "$3") || status=$?
  [ "$found" = "$wanted" ] || fail "$name: '$found' with status $status, not '$wanted'"
}

# A LibTorch by its version alone.
libtorch() {
  mkdir -p "$WORK/torch-$1/share/cmake/Torch"
  : >"$WORK/torch-$1/share/cmake/Torch/TorchConfig.cmake"
  echo "set(PACKAGE_VERSION \"$1\")" >"$WORK/torch-$1/share/cmake/Torch/TorchConfigVersion.cmake"
}
for version in 1.13.1 2.5.1 2.6.0 2.13.0; do libtorch $version; done

NONE='torch_package() { :; }; unset CMAKE_PREFIX_PATH Torch_DIR
make_venv() { :; }; pip_plan() { return 1; }
torch_from_system() { TORCH_DIR=system; }
choose() { choose_libtorch; echo "$TORCH_DIR"; }'
T=$WORK/torch-2.13.0/share/cmake/Torch
chosen "the environment comes first" "$T" \
  "$NONE; torch_package() { echo '$WORK/torch-2.6.0'; }; CMAKE_PREFIX_PATH=/nowhere:$WORK/torch-2.13.0 choose"
chosen "then what Python imports" "$WORK/torch-2.6.0/share/cmake/Torch" \
  "$NONE; torch_package() { [ \"\$1\" != python3 ] || echo '$WORK/torch-2.6.0'; }; choose"
chosen "then pip's" "$T" "$NONE; pip_plan() { echo 180; }
torch_package() { [ \"\$1\" = python3 ] || ! [ -f '$WORK/pip' ] || echo '$WORK/torch-2.13.0'; }
mkdir -p '$ROOT/build/libtorch/bin'
printf '#!/bin/sh\ntouch $WORK/pip\n' >'$ROOT/build/libtorch/bin/python'
chmod +x '$ROOT/build/libtorch/bin/python'
choose"
check "what is downloaded is said" grep -q "Downloading torch 2.13.0 with pip: 180 MiB" "$WORK/err"
rm -f "$WORK/pip"
chosen "the system's where pip has none" system "$NONE; choose"
if [ ! -e /dev/nvidia0 ]; then
  chosen "the system's where pip brings GB that no GPU can use" system \
    "$NONE; pip_plan() { echo 2500 cuda; }; choose"
  check "why is said" grep -q "pip would download 2500 MiB" "$WORK/err"
fi
chosen "a folder by name" "$WORK/torch-1.13.1/share/cmake/Torch" \
  "$NONE; LIBTORCH_CHOICE=$WORK/torch-1.13.1; choose"
chosen "no folder" 2 "$NONE; (LIBTORCH_CHOICE=/nowhere; choose) || echo \$?"
check "which folder is said" grep -q "libtorch=/nowhere: no TorchConfig.cmake there" "$WORK/err"

for version in 1.13.1 2.5.1; do
  chosen "clang cannot take $version" gcc \
    "TORCH_DIR=$WORK/torch-$version/share/cmake/Torch; needs_gcc && echo gcc || echo clang"
done
for version in 2.6.0 2.13.0; do
  chosen "clang takes $version" clang \
    "TORCH_DIR=$WORK/torch-$version/share/cmake/Torch; needs_gcc && echo gcc || echo clang"
done

chosen "the choice is remembered" "$T asked once" "$NONE
CMAKE_PREFIX_PATH=$WORK/torch-2.13.0
find_libtorch; choose_libtorch() { echo again; }; find_libtorch; echo \"\$TORCH_DIR asked once\""
chosen "until something else is asked for" "again" "$NONE
CMAKE_PREFIX_PATH=$WORK/torch-2.6.0
choose_libtorch() { echo again; TORCH_DIR=$WORK/torch-2.6.0/share/cmake/Torch; }; find_libtorch"

chosen "the sanitizers' runtime is installed with their compiler" "clang lld libclang-rt-dev" \
  'echo $(compiler_packages asan)'
chosen "g++ is among what every build needs" "" 'echo $(compiler_packages ci)'
chosen "packages that cannot be installed are listed" 2 "may_install() { return 1; }
missing_packages() { printf 'ninja-build libxgboost-dev '; }
(install_packages ninja-build libxgboost-dev) || echo \$?"
check "all of them" grep -q "^missing packages: ninja-build libxgboost-dev" "$WORK/err"
chosen "no virtual environment without its package" 1 "may_install() { return 1; }
python3() { return 1; }; (make_venv '$WORK/venv') || echo \$?"
finish
