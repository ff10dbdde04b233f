# shellcheck shell=bash
# Sourced by examples/quickstart.sh and tests/run.sh: installs what is missing, finds a LibTorch,
# configures and builds. Needs ROOT, the project's folder. What is there already is not looked at
# twice: the second call takes a fraction of a second.

LIBTORCH_CHOICE=auto  # --libtorch=: auto, pip, system or a folder
TORCH_VERSION=2.13.0  # what pip is asked for
BUILD_PACKAGES=(cmake ninja-build g++ libcli11-dev libyaml-cpp-dev libspdlog-dev libeigen3-dev
  nlohmann-json3-dev libxgboost-dev libstb-dev zlib1g-dev libxxhash-dev)
TEST_PACKAGES=(libgtest-dev libgmock-dev)
declare -A COMMAND_OF=([cmake]=cmake [ninja-build]=ninja [g++]=g++ [clang]=clang++ [lld]=ld.lld
  [clang-tidy]=clang-tidy)

say() { printf '%s\n' "$*" >&2; }
die() {
  say "$0: $1"
  exit "$2"
}

# missing_packages NAME...: prints those that are not installed. A tool counts as there when its
# command is, wherever it came from.
missing_packages() {
  local present name
  present=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "$@" 2>/dev/null | sed -n 's/^installed //p') || true
  for name in "$@"; do
    grep -qxF "$name" <<<"$present" && continue
    [ -n "${COMMAND_OF[$name]:-}" ] && command -v "${COMMAND_OF[$name]}" >/dev/null && continue
    printf '%s ' "$name"
  done
}

# run_as_root COMMAND...: directly as root, else with a sudo that asks nothing.
run_as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo -n "$@"; fi
}

may_install() {
  command -v apt-get >/dev/null && { [ "$(id -u)" -eq 0 ] || sudo -n true 2>/dev/null; }
}

# install_packages NAME...: installs with apt those that are missing; ends with 2 where it cannot.
install_packages() {
  local missing
  missing=$(missing_packages "$@")
  [ -n "$missing" ] || return 0
  if ! may_install; then
    say "missing packages: $missing"
    die "cannot install them here (no apt, or neither root nor a sudo without password); run 'apt-get install $missing' as root, then this again" 2
  fi
  say "Installing $missing"
  local log
  log=$(mktemp)
  # shellcheck disable=SC2086  # one word a package
  { run_as_root apt-get update -q || say "apt-get update failed; going on with the lists that are here"; } >"$log" 2>&1 &&
    run_as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $missing >>"$log" 2>&1 || {
    tail -n 20 "$log" >&2
    die "apt could not install $missing(all of what it said: $log)" 2
  }
  rm -f "$log"
}

# make_venv FOLDER: a virtual environment with a pip that can tell sizes without downloading.
make_venv() {
  [ -x "$1/bin/pip" ] && return 0
  command -v python3 >/dev/null || install_packages python3-venv
  python3 -m venv --clear "$1" >/dev/null 2>&1 || {
    install_packages python3-venv
    python3 -m venv --clear "$1" >&2 || return 1
  }
  "$1/bin/python" -m pip install --quiet --upgrade 'pip>=23.3' >/dev/null 2>&1 || say "pip stays at the version it has"
}

# torch_package PYTHON: the folder of the torch that PYTHON can import, found without importing it.
torch_package() {
  "$1" -c 'import importlib.util, os
spec = importlib.util.find_spec("torch")
print(os.path.dirname(spec.origin) if spec and spec.origin else "")' 2>/dev/null
}

# torch_config FOLDER: where TorchConfig.cmake lies in or under FOLDER, as CMake looks for it.
torch_config() {
  local place
  for place in "$1" "$1"/share/cmake/Torch "$1"/lib/cmake/Torch "$1"/lib64/cmake/Torch \
    "$1"/lib/*/cmake/Torch "$1"/Torch "$1"/torch/share/cmake/Torch; do
    if [ -f "$place/TorchConfig.cmake" ]; then
      (cd "$place" && pwd)
      return
    fi
  done
  return 1
}

has_cuda_tools() { [ -e /dev/nvidia0 ] && { command -v nvcc || [ -x /usr/local/cuda/bin/nvcc ]; } >/dev/null 2>&1; }

# usable TORCH_DIR: whether this machine can build with it; says why not.
usable() {
  if grep -q 'CXX11_ABI=0' "$1/TorchConfig.cmake"; then
    say "not taken: $1 was built for the C++ library from before 2011"
    return 1
  fi
  if [ -f "$1/../Caffe2/Caffe2Config.cmake" ] && grep -q '^if(ON OR CAFFE2_USE_CUDNN)\|^if(ON)  *# CUDA\|USE_CUDA ON' "$1/../Caffe2/Caffe2Config.cmake" && ! has_cuda_tools; then
    say "not taken: $1 is a CUDA build, and there is no GPU with CUDA's compiler here"
    return 1
  fi
}
