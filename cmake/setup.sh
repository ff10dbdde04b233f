# Sourced by examples/quickstart.sh and tests/run.sh: installs what is missing, finds a LibTorch,
# configures and builds. Needs ROOT, the project's folder. Sets nothing up twice.

BUILD_ROOT=${DLWORK_BUILD_ROOT:-$ROOT/build}
LIBTORCH_CHOICE=auto
TORCH_VERSION=2.13.0
BUILD_PACKAGES="cmake ninja-build g++ libcli11-dev libyaml-cpp-dev libspdlog-dev libeigen3-dev
  nlohmann-json3-dev libxgboost-dev libstb-dev zlib1g-dev libxxhash-dev"
TEST_PACKAGES="libgtest-dev libgmock-dev"

say() { printf '%s\n' "$*" >&2; }
die() { say "$0: $1"; exit "${2:-2}"; }

# run_as_root COMMAND...: directly as root, else with a sudo that asks nothing.
run_as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo -n "$@"; fi
}

may_install() {
  command -v apt-get >/dev/null || return 1
  [ "$(id -u)" -eq 0 ] || sudo -n true 2>/dev/null
}

# install_packages NAME...: installs with apt those that are not there.
install_packages() {
  local present missing="" name
  present=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "$@" 2>/dev/null | sed -n 's/^installed //p')
  for name in "$@"; do
    grep -qx "$name" <<<"$present" || missing="$missing $name"
  done
  [ -z "$missing" ] && return 0
  if ! may_install; then
    say "These packages are missing and cannot be installed from here (no apt, or no rights):"
    say " $missing"
    die "install them (apt-get install$missing), then run this again" 2
  fi
  say "Installing:$missing"
  run_as_root apt-get update -qq >&2 || say "apt-get update failed; going on with the lists that are here"
  # shellcheck disable=SC2086
  run_as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >&2 ||
    die "apt could not install:$missing" 2
}

# torch_folder PYTHON: the folder of the torch package that PYTHON can import, or nothing.
torch_folder() {
  "$1" -c 'import importlib.util, os
spec = importlib.util.find_spec("torch")
print(os.path.dirname(spec.origin) if spec and spec.origin else "")' 2>/dev/null
}

version_of_package() { sed -n "s/^__version__ = '\(.*\)'/\1/p" "$1/version.py" 2>/dev/null; }

# download_size PYTHON: MiB that pip would download for torch with all it depends on, or nothing.
download_size() {
  "$1" -m pip install --quiet --dry-run --ignore-installed --report - ${DLWORK_PIP_INDEX:+--index-url "$DLWORK_PIP_INDEX"} \
    "torch==$TORCH_VERSION" 2>/dev/null | "$1" -c 'import json, os, sys, urllib.parse, urllib.request
total = 0
for item in json.load(sys.stdin)["install"]:
    url = item["download_info"]["url"]
    parts = urllib.parse.urlparse(url)
    if parts.scheme == "file":
        total += os.path.getsize(urllib.request.url2pathname(parts.path))
    else:
        with urllib.request.urlopen(urllib.request.Request(url, method="HEAD"), timeout=30) as answer:
            total += int(answer.headers.get("Content-Length", 0))
print(total // 2**20)' 2>/dev/null
}

# libtorch_from_pip: installs the wheel in a virtual environment of the build folder. Prints its
# folder; fails where pip cannot, or where it would bring a CUDA build that no GPU here can use.
libtorch_from_pip() {
  local venv=$BUILD_ROOT/libtorch folder size
  folder=$([ -x "$venv/bin/python" ] && torch_folder "$venv/bin/python")
  if [ -z "$folder" ]; then
    command -v python3 >/dev/null || install_packages python3 >&2
    python3 -m venv "$venv" 2>/dev/null || { install_packages python3-venv >&2; python3 -m venv "$venv" >&2 || return 1; }
    size=$(download_size "$venv/bin/python")
    [ -n "$size" ] || { say "pip finds no torch==$TORCH_VERSION"; return 1; }
    say "pip would download $size MiB for torch $TORCH_VERSION"
    if [ "$size" -gt 1024 ] && [ ! -e /dev/nvidia0 ] && [ "$LIBTORCH_CHOICE" != pip ]; then
      say "more than 1 GB and no NVIDIA GPU here: taking the system's LibTorch instead"
      return 1
    fi
    # LibTorch needs none of torch's Python dependencies.
    "$venv/bin/python" -m pip install --quiet --no-deps ${DLWORK_PIP_INDEX:+--index-url "$DLWORK_PIP_INDEX"} \
      "torch==$TORCH_VERSION" >&2 || return 1
    folder=$(torch_folder "$venv/bin/python")
  fi
  [ -d "$folder/share/cmake/Torch" ] && echo "$folder"
}

# choose_libtorch: sets TORCH_PREFIX ("" for what CMake finds by itself) and TORCH_NAME.
choose_libtorch() {
  TORCH_PREFIX=""
  case $LIBTORCH_CHOICE in
    auto)
      if [ -n "${Torch_DIR:-}" ] || { [ -n "${CMAKE_PREFIX_PATH:-}" ] && find ${CMAKE_PREFIX_PATH//[:;]/ } \
          -name TorchConfig.cmake -print -quit 2>/dev/null | grep -q .; }; then
        TORCH_NAME="the one CMAKE_PREFIX_PATH or Torch_DIR names"
        return
      fi
      TORCH_PREFIX=$(command -v python3 >/dev/null && torch_folder python3)
      [ -d "$TORCH_PREFIX/share/cmake/Torch" ] || TORCH_PREFIX=$(libtorch_from_pip) || TORCH_PREFIX=""
      ;;
    pip) TORCH_PREFIX=$(libtorch_from_pip) || die "pip could not bring torch $TORCH_VERSION" 2 ;;
    system) ;;
    *)
      [ -d "$LIBTORCH_CHOICE" ] || die "--libtorch=$LIBTORCH_CHOICE: no such folder" 2
      TORCH_PREFIX=$(cd "$LIBTORCH_CHOICE" && pwd)
      ;;
  esac
  if [ -n "$TORCH_PREFIX" ]; then
    TORCH_NAME="$(version_of_package "$TORCH_PREFIX") in $TORCH_PREFIX"
  else
    # Without OpenBLAS the reference BLAS is taken, 25 times slower.
    install_packages libtorch-dev libopenblas0-openmp
    TORCH_NAME="$(dpkg-query -W -f '${Version}' libtorch-dev) of the system"
  fi
}

# set_up PRESET_FOLDER PACKAGES CMAKE_OPTION...: leaves a configured BUILD. A second call with the
# same choice asks neither pip nor CMake.
set_up() {
  local name=$1 packages=$2 stamp
  shift 2
  BUILD=$BUILD_ROOT/$name
  # shellcheck disable=SC2086
  install_packages $BUILD_PACKAGES $packages
  stamp="$LIBTORCH_CHOICE|${CMAKE_PREFIX_PATH:-}|${Torch_DIR:-}|$*"
  if [ -f "$BUILD/build.ninja" ] && [ "$(cat "$BUILD/setup.stamp" 2>/dev/null)" = "$stamp" ]; then
    return
  fi
  choose_libtorch
  say "LibTorch: $TORCH_NAME"
  local launcher=""
  command -v ccache >/dev/null && launcher=-DCMAKE_CXX_COMPILER_LAUNCHER=ccache
  mkdir -p "$BUILD"
  rm -f "$BUILD/CMakeCache.txt"
  cmake -S "$ROOT" -B "$BUILD" -G Ninja ${TORCH_PREFIX:+-DCMAKE_PREFIX_PATH="$TORCH_PREFIX"} $launcher "$@" \
    >"$BUILD/configure.log" 2>&1 || { tail -n 30 "$BUILD/configure.log" >&2; die "CMake could not configure; see $BUILD/configure.log" 2; }
  printf '%s' "$stamp" >"$BUILD/setup.stamp"
}

# build TARGET...: with one job a core, fewer where memory is short (a LibTorch file takes 1.2 GB).
build() {
  local cores memory jobs
  cores=$(nproc)
  memory=$(awk '/MemAvailable/ {print int($2 / 1300000)}' /proc/meminfo)
  jobs=$((memory < cores ? (memory < 1 ? 1 : memory) : cores))
  ninja -C "$BUILD" -j "$jobs" --quiet "$@" >&2 || die "the build failed" 4
}
