# shellcheck shell=bash
# Sourced by examples/quickstart.sh and tests/run.sh: installs what is missing, finds a LibTorch,
# configures and builds. Needs ROOT, the project's folder. What is there already is not looked at
# twice: the second call takes a fraction of a second.

LIBTORCH_CHOICE=auto  # --libtorch=: auto, pip, system or a folder
CMAKE_OPTIONS=()      # beside what the preset says
TORCH_VERSION=2.13.0  # what pip is asked for
BUILD_PACKAGES=(cmake ninja-build g++ libcli11-dev libyaml-cpp-dev libspdlog-dev libeigen3-dev
  nlohmann-json3-dev libxgboost-dev libstb-dev zlib1g-dev libxxhash-dev libzstd-dev libsqlite3-dev
  libtiff-dev libsndfile1-dev libjs-chart.js)
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
  command -v python3 >/dev/null && python3 -m venv --clear "$1" >/dev/null 2>&1 || {
    may_install || { say "python3-venv is missing and cannot be installed here"; return 1; }
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
  [ -n "$1" ] || return 1
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
  if [ -e "$1/../../../lib/libtorch_cuda.so" ] && ! has_cuda_tools; then
    say "not taken: $1 is a CUDA build, and there is no GPU with CUDA's compiler here"
    return 1
  fi
}

# pip_plan PYTHON: the MiB that pip would download for torch, with CUDA's libraries and then the word
# "cuda" where it is a CUDA build. Prints nothing where pip cannot say.
pip_plan() {
  "$1" -m pip install --quiet --dry-run --ignore-installed --report - "${PIP_INDEX[@]}" "torch==$TORCH_VERSION" 2>/dev/null |
    "$1" -c 'import json, os, sys, urllib.parse, urllib.request
size, cuda = 0, ""
for item in json.load(sys.stdin)["install"]:
    name = item["metadata"]["name"].lower()
    if name.startswith(("nvidia-", "cuda-", "triton")):
        cuda = "cuda"
    elif name != "torch":
        continue
    url = item["download_info"]["url"]
    parts = urllib.parse.urlparse(url)
    if parts.scheme == "file":
        size += os.path.getsize(urllib.request.url2pathname(parts.path))
    else:
        request = urllib.request.Request(url, method="HEAD")
        with urllib.request.urlopen(request, timeout=30) as answer:
            size += int(answer.headers.get("Content-Length", 0))
print(size // 2**20, cuda)' 2>/dev/null
}

# torch_from_pip: a wheel in a virtual environment of the build folder. Sets TORCH_DIR; fails where
# pip cannot, or where it would bring what is more than 1 GB or cannot be built with here.
torch_from_pip() {
  local venv=$ROOT/build/libtorch size cuda dependencies=--no-deps
  PIP_INDEX=(${DLWORK_PIP_INDEX:+--index-url "$DLWORK_PIP_INDEX"})
  if ! TORCH_DIR=$(torch_config "$(torch_package "$venv/bin/python")"); then
    make_venv "$venv" || return 1
    read -r size cuda < <(pip_plan "$venv/bin/python") || { say "pip offers no torch $TORCH_VERSION here"; return 1; }
    if [ "$LIBTORCH_CHOICE" = auto ] && [ "$size" -gt 1024 ] && [ ! -e /dev/nvidia0 ]; then
      say "pip would download $size MiB for torch $TORCH_VERSION and there is no NVIDIA GPU: taking the system's LibTorch"
      return 1
    fi
    if [ "$LIBTORCH_CHOICE" = auto ] && [ -n "$cuda" ] && ! has_cuda_tools; then
      say "pip would bring a CUDA build, and there is no GPU with CUDA's compiler here: taking the system's LibTorch"
      return 1
    fi
    say "Downloading torch $TORCH_VERSION with pip: $size MiB"
    # The libraries need none of torch's Python dependencies, except CUDA's.
    [ -z "$cuda" ] || dependencies=--quiet
    "$venv/bin/python" -m pip install --quiet $dependencies "${PIP_INDEX[@]}" "torch==$TORCH_VERSION" >&2 || return 1
    TORCH_DIR=$(torch_config "$(torch_package "$venv/bin/python")") || return 1
  fi
  [ "$LIBTORCH_CHOICE" = pip ] || usable "$TORCH_DIR"
}

# torch_from_system: without OpenBLAS the reference BLAS would be taken, 25 times slower.
torch_from_system() {
  install_packages libtorch-dev libopenblas0-openmp
  TORCH_DIR=$(dirname "$(dpkg -L libtorch-dev | grep '/TorchConfig.cmake$')")
}

# torch_from_environment: what Torch_DIR or CMAKE_PREFIX_PATH names; fails where neither names one.
torch_from_environment() {
  local folder prefixes=${CMAKE_PREFIX_PATH:-}
  for folder in ${Torch_DIR:-} ${prefixes//[:;]/ }; do
    TORCH_DIR=$(torch_config "$folder") && return
  done
  [ -z "${Torch_DIR:-}" ] || die "Torch_DIR=$Torch_DIR holds no TorchConfig.cmake" 2
  return 1
}

torch_from_python() {
  local package
  command -v python3 >/dev/null && package=$(torch_package python3) && [ -n "$package" ] &&
    TORCH_DIR=$(torch_config "$package") && usable "$TORCH_DIR"
}

# torch_version TORCH_DIR: Debian's own files are a patch level behind its package.
torch_version() {
  case $1 in
    /usr/lib/*) dpkg-query -W -f '${Version}' libtorch-dev ;;
    *) sed -n 's/^set(PACKAGE_VERSION "\(.*\)").*/\1/p' "$1/TorchConfigVersion.cmake" ;;
  esac
}

# choose_libtorch: sets TORCH_DIR, the folder of its TorchConfig.cmake.
choose_libtorch() {
  case $LIBTORCH_CHOICE in
    auto) torch_from_environment || torch_from_python || torch_from_pip || torch_from_system ;;
    pip) torch_from_pip || die "pip could not bring torch $TORCH_VERSION; DLWORK_PIP_INDEX names another index" 2 ;;
    system) torch_from_system ;;
    *) TORCH_DIR=$(torch_config "$LIBTORCH_CHOICE") || die "--libtorch=$LIBTORCH_CHOICE: no TorchConfig.cmake there" 2 ;;
  esac
}

# find_libtorch: sets TORCH_DIR. The choice is remembered, so that a second call asks no pip.
find_libtorch() {
  local chosen asked="$LIBTORCH_CHOICE ${Torch_DIR:-} ${CMAKE_PREFIX_PATH:-}" memory=$ROOT/build/libtorch.txt
  if { IFS= read -r chosen && IFS= read -r TORCH_DIR; } 2>/dev/null <"$memory" &&
    [ "$chosen" = "$asked" ] && [ -f "$TORCH_DIR/TorchConfig.cmake" ]; then
    return
  fi
  mkdir -p "$ROOT/build"
  rm -f "$memory"
  choose_libtorch
  say "LibTorch $(torch_version "$TORCH_DIR") from $TORCH_DIR"
  printf '%s\n%s\n' "$asked" "$TORCH_DIR" >"$memory"
}

# needs_gcc: whether clang cannot compile the headers of the LibTorch that was found, as before 2.6.
needs_gcc() {
  case $(torch_version "$TORCH_DIR") in
    [01].* | 2.[0-5] | 2.[0-5][.+~-]*) return 0 ;;
    *) return 1 ;;
  esac
}

# compiler_packages PRESET: what the compiler of PRESET needs, a package a line. Clang's own package
# only recommends the runtime of its sanitizers.
compiler_packages() {
  case $1 in
    ci | release) ;;
    asan) printf '%s\n' clang lld libclang-rt-dev ;;
    *) printf '%s\n' clang lld ;;
  esac
}

# set_up PRESET PACKAGE...: leaves a configured BUILD, and asks CMake only where something changed.
set_up() {
  local preset=$1 wanted
  shift
  BUILD=$ROOT/build/$preset
  # shellcheck disable=SC2046  # one word a package
  install_packages "${BUILD_PACKAGES[@]}" $(compiler_packages "$preset") "$@"
  find_libtorch
  wanted="$TORCH_DIR ${CMAKE_OPTIONS[*]:-}"
  [ -f "$BUILD/build.ninja" ] && [ "$(cat "$BUILD/configured.txt" 2>/dev/null)" = "$wanted" ] && return
  mkdir -p "$BUILD"
  rm -f "$BUILD/CMakeCache.txt" "$BUILD/configured.txt"
  (cd "$ROOT" && cmake --preset "$preset" -DTorch_DIR="$TORCH_DIR" "${CMAKE_OPTIONS[@]}") >"$BUILD/configure.log" 2>&1 || {
    tail -n 30 "$BUILD/configure.log" >&2
    die "CMake could not configure (all of what it said: $BUILD/configure.log)" 2
  }
  printf '%s\n' "$wanted" >"$BUILD/configured.txt"
}

# build TARGET...: one job a core, fewer where memory is short (a file over LibTorch takes 1.2 GB).
build() {
  local cores memory
  cores=$(nproc)
  memory=$(awk '/^MemAvailable/ { print int($2 / 1300000) }' /proc/meminfo)
  [ "$memory" -ge 1 ] || memory=1
  ninja -C "$BUILD" -j $((memory < cores ? memory : cores)) "$@" >&2 || die "the build failed" 4
}
