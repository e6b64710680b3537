# shellcheck shell=bash
# The pinned build tools: sourced by `./just` and by the recipes. Each lands in a folder named after
# its version under cargo's own place, so clones share it and nothing the user installed is touched.

JUST_VERSION=1.57.0
TRUNK_VERSION=0.21.14
BINARYEN_VERSION=132.0.0
CARGO_DENY_VERSION=0.20.2
CARGO_SHEAR_VERSION=1.14.0
CARGO_FUZZ_VERSION=0.13.2
SCHEMATHESIS_VERSION=4.32.5

TOOLS_HOME="${COLOPHON_TOOLS:-${CARGO_HOME:-$HOME/.cargo}/colophon-tools}"
# Where tools are compiled: what several of them depend on is compiled once.
TOOLS_BUILD="$TOOLS_HOME/build"

say() { printf '\033[1m==>\033[0m %s\n' "$*" >&2; }

# missing WHY: says that tests are skipped. With CI=true no test may be left out: then it ends the script.
missing() {
  if [ "${CI:-}" = true ]; then
    say "with CI=true no test is skipped: $1"
    exit 1
  fi
  say "skipped: $1"
}

# built PROFILE: the folder of what cargo has built.
built() { echo "$(realpath "${CARGO_TARGET_DIR:-target}")/$1"; }

need() {
  command -v "$1" >/dev/null 2>&1 && return
  say "'$1' is needed first: $2"
  exit 1
}

# cargo_tool NAME VERSION BINARY [cargo install arguments…]: installs once, then puts it on PATH.
cargo_tool() {
  local name=$1 version=$2 binary=$3
  shift 3
  local root="$TOOLS_HOME/$name-$version"
  if [ ! -x "$root/bin/$binary" ]; then
    need cargo "install Rust from https://rustup.rs"
    say "installing $name $version (once)"
    # Each tool runs for seconds: unoptimised, it is compiled in half the time and is fast enough.
    local profile=(
      CARGO_PROFILE_RELEASE_OPT_LEVEL=0 CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=256
      CARGO_PROFILE_RELEASE_DEBUG=false CARGO_TARGET_DIR="$TOOLS_BUILD"
    )
    env "${profile[@]}" cargo install "$name" --version "=$version" --root "$root" --locked "$@" ||
      env "${profile[@]}" cargo install "$name" --version "=$version" --root "$root" "$@"
  fi
  PATH="$root/bin:$PATH"
}

# npm_tool PACKAGE VERSION BINARY
npm_tool() {
  local root="$TOOLS_HOME/$1-$2"
  if [ ! -x "$root/node_modules/.bin/$3" ]; then
    need npm "install Node.js (20 or newer)"
    say "installing $1 $2 (once)"
    npm install --prefix "$root" --no-save --no-audit --no-fund --loglevel=error "$1@$2" >&2
  fi
  PATH="$root/node_modules/.bin:$PATH"
}

# python_tool PACKAGE VERSION BINARY [CONSTRAINTS]: into a virtual environment of its own.
python_tool() {
  local root="$TOOLS_HOME/$1-$2"
  if [ ! -x "$root/bin/$3" ]; then
    need python3 "install Python (3.10 or newer)"
    # Debian leaves out what makes environments.
    python3 -c 'import ensurepip, venv' 2>/dev/null || apt_packages python3-venv || need ensurepip "install python3-venv"
    say "installing $1 $2 (once)"
    rm -rf "$root"
    python3 -m venv "$root"
    { [ $# = 4 ] && "$root/bin/python" -m pip install --quiet --disable-pip-version-check --constraint "$4" "$1==$2" >&2; } ||
      "$root/bin/python" -m pip install --quiet --disable-pip-version-check "$1==$2" >&2 || return 1
  fi
  PATH="$root/bin:$PATH"
}

# prebuilt_tool NAME VERSION BINARY: a tool of cargo's from PyPI, where Astral publishes builds of it (in seconds instead
# of minutes), and from source on the platforms that have none.
prebuilt_tool() {
  python_tool "astral-dev-toolchain-$1" "$2" "$3" || { cargo_tool "$1" "$2" "$3" && rm -rf "$TOOLS_BUILD"; }
}

# The memory allocator is C, and is built by make.
ensure_build_tools() { command -v make >/dev/null 2>&1 || apt_packages make || need make "install make"; }

ensure_just() { npm_tool rust-just "$JUST_VERSION" just; export PATH; }

# What the web app is built with: the wasm target, Trunk, the wasm-bindgen of Cargo.lock, and wasm-opt. Neither program
# downloads anything here: they are built without TLS.
ensure_web_tools() {
  need rustup "install Rust from https://rustup.rs"
  rustup target list --installed | grep -qx wasm32-unknown-unknown || rustup target add wasm32-unknown-unknown
  cargo_tool trunk "$TRUNK_VERSION" trunk --no-default-features
  local wasm_bindgen
  wasm_bindgen=$(awk '/^name = "wasm-bindgen"$/ { getline; gsub(/[" ]/, ""); sub("version=", ""); print; exit }' Cargo.lock)
  cargo_tool wasm-bindgen-cli "$wasm_bindgen" wasm-bindgen --no-default-features
  rm -rf "$TOOLS_BUILD"
  npm_tool binaryen "$BINARYEN_VERSION" wasm-opt
  export PATH
}

ensure_lint_tools() {
  prebuilt_tool cargo-deny "$CARGO_DENY_VERSION" cargo-deny
  prebuilt_tool cargo-shear "$CARGO_SHEAR_VERSION" cargo-shear
  export PATH
}

ensure_api_fuzz_tools() {
  python_tool schemathesis "$SCHEMATHESIS_VERSION" schemathesis scripts/schemathesis/constraints.txt
  export PATH
}

# The fuzzing engine is C++, and is built with the targets.
ensure_fuzz_tools() {
  command -v "${CXX:-c++}" >/dev/null 2>&1 || apt_packages g++ || need c++ "install a C++ compiler"
  prebuilt_tool cargo-fuzz "$CARGO_FUZZ_VERSION" cargo-fuzz
  export PATH
}

# apt_packages PACKAGE…: installs what is missing where there is apt and the right to use it.
apt_packages() {
  command -v apt-get >/dev/null 2>&1 || return 1
  local sudo=
  [ "$(id -u)" = 0 ] || { sudo -n true 2>/dev/null && sudo="sudo -n"; } || return 1
  say "installing $* by apt (once)"
  $sudo apt-get update -qq >&2 || true
  DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends "$@" >&2
}

# The shell without a window first: it has no user interface of its own to draw and is quicker.
find_chromium() {
  local c
  for c in "${CHROMIUM:-}" chromium-headless-shell chromium chromium-browser google-chrome; do
    [ -n "$c" ] && command -v "$c" && return
  done
  return 1
}

# WebDriver for Chromium: the web app's component tests start the browser through it.
find_chromedriver() {
  local c
  for c in "${CHROMEDRIVER:-}" chromedriver; do
    [ -n "$c" ] && command -v "$c" && return
  done
  return 1
}

# pg_bin: the folder with initdb and postgres, newest first.
find_postgres() {
  local d
  for d in "${PG_BIN:-}" $(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -Vr) /usr/local/pgsql/bin "$(dirname "$(command -v initdb 2>/dev/null || echo /none/x)")"; do
    [ -n "$d" ] && [ -x "$d/initdb" ] && [ -x "$d/postgres" ] && { echo "$d"; return; }
  done
  return 1
}

# What the tests use beside the build's tools. What stays missing is said, and is an error with CI=true.
ensure_test_tools() {
  find_postgres >/dev/null || apt_packages postgresql || missing "no PostgreSQL here, for half of the tests"
  command -v chromium-headless-shell >/dev/null || apt_packages chromium-headless-shell || find_chromium >/dev/null ||
    apt_packages chromium || missing "no Chromium here, for the browser tests"
  find_chromedriver >/dev/null || apt_packages chromium chromium-driver ||
    missing "no chromedriver here, for the web app's component tests"
  fc-list :lang=ja 2>/dev/null | grep -q . || apt_packages fonts-noto-cjk fontconfig || say "no Japanese fonts here"
  CHROMIUM=$(find_chromium || true)
  CHROMEDRIVER=$(find_chromedriver || true)
  PG_BIN=$(find_postgres || true)
  export CHROMIUM CHROMEDRIVER PG_BIN
}
