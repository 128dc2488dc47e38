#!/usr/bin/env bash
# Makes a Debian machine with Rust, gcc, Python and Node ready to build Qiao. Says each thing it does, changes
# nothing that is already there, and takes well under a second when nothing is missing.
#
#   deploy/setup.sh          what every build needs
#   deploy/setup.sh wasm     also the standard library and C compiler for WebAssembly, and Node: for `make web`
#   deploy/setup.sh test     also Chromium and Python's venv, for the browser's and the interface's tests of `make test`
#   deploy/setup.sh lint     also cargo-deny, rustfmt and clippy, for `make lint`
#   deploy/setup.sh fuzz     also cargo-fuzz, for `make fuzz`
#
# cmake, pkg-config and a SQLite package are not needed: SQLite, zstd and the TLS library are built from the
# sources in the lock file with the C compiler alone.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export PATH="${CARGO_HOME:-$HOME/.cargo}/bin:$PATH"

say() { printf 'setup: %s\n' "$*"; }
fail() { printf 'setup: %s\n' "$*" >&2; exit 1; }
has() { command -v "$1" >/dev/null 2>&1; }

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif has sudo; then
        sudo "$@"
    else
        fail "needs root for: $* (run as root, or install sudo)"
    fi
}

apt_install() { # packages
    has apt-get || fail "missing: $*. This is no Debian: install them with your package manager."
    say "installing with apt: $*"
    as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"
}

want=${1:-build}

# ---- Debian packages -------------------------------------------------------------------------------------
packages=()
has make || packages+=(make)
# A compiler without the C library's headers is as good as none.
if ! { has cc && printf '#include <stdio.h>\n' | cc -fsyntax-only -x c - 2>/dev/null; }; then
    packages+=(gcc libc6-dev)
fi
# The fuzzer's driver is written in C++.
if [ "$want" = fuzz ]; then has c++ || packages+=(g++); fi
# The device checks a server's certificate against the system's authorities, and refuses to start without any.
[ -s /etc/ssl/certs/ca-certificates.crt ] || packages+=(ca-certificates)
case "$(uname -m)" in
    x86_64 | aarch64) ;;
    *)  # elsewhere the TLS library has no ready-made bindings
        has cmake || packages+=(cmake)
        has clang || packages+=(clang libclang-dev)
        ;;
esac
if [ "${#packages[@]}" -gt 0 ]; then apt_install "${packages[@]}"; fi

# ---- WebAssembly and Node --------------------------------------------------------------------------------
wasm_library() { # whether a compiler here has, or can build, the standard library for WebAssembly
    { has rustc && [ -d "$(rustc --print sysroot)/lib/rustlib/wasm32-unknown-unknown/lib" ]; } ||
        { [ -x /usr/bin/rustc ] && [ -d /usr/lib/rustlib/src/rust/library ] && has wasm-ld-19; }
}
if [ "$want" = wasm ]; then
    if ! wasm_library && has rustup; then
        say "adding the target wasm32-unknown-unknown with rustup"
        timeout 120 rustup target add wasm32-unknown-unknown ||
            say "rustup could not fetch it; Debian's compiler builds it instead"
    fi
    wanted_packages=()
    wasm_library || wanted_packages+=(rustc-web cargo-web rust-web-src lld-19)
    # The engine's zstd is C.
    has clang-19 || has clang || wanted_packages+=(clang-19)
    if [ "${#wanted_packages[@]}" -gt 0 ]; then apt_install "${wanted_packages[@]}"; fi
    has node && has npm || fail "no Node. Install Node 20.19 or newer with npm, then run this again."
    if ! node -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 20 || (a == 20 && b >= 19) ? 0 : 1)'; then
        fail "node $(node --version) is older than 20.19"
    fi
fi
if [ "$want" = test ]; then
    test_packages=()
    has chromium || test_packages+=(chromium)
    # Without a Chinese font every screenshot is boxes.
    has fc-list && fc-list :lang=zh 2>/dev/null | grep -q . || test_packages+=(fonts-noto-cjk fontconfig)
    # Debian ships Python without the part that makes environments.
    has python3 && python3 -c 'import ensurepip, venv' 2>/dev/null || test_packages+=(python3 python3-venv)
    if [ "${#test_packages[@]}" -gt 0 ]; then apt_install "${test_packages[@]}"; fi
fi

# ---- Rust ------------------------------------------------------------------------------------------------
has cargo && has rustc || fail "no cargo. Install Rust first, then run this again."
wanted=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
found=$(rustc --version | awk '{ print $2 }')
if [ "$(printf '%s\n%s\n' "$wanted" "${found%%-*}" | sort -V | head -n 1)" != "$wanted" ]; then
    fail "rustc $found is older than $wanted. Update it: rustup update stable"
fi

# ---- Tools of single targets -----------------------------------------------------------------------------
component() { # command component
    if ! cargo "$1" --version >/dev/null 2>&1; then
        has rustup || fail "no cargo $1: install the package rust-$1 or $2 of your system"
        say "installing the Rust component $2"
        rustup component add "$2"
    fi
}
tool() { # crate why
    if ! has "$1"; then
        say "installing $1 ($2): building it takes some minutes, once"
        cargo install --locked --quiet "$1"
    fi
}
case "$want" in
    build | wasm | test) ;;
    lint)
        component fmt rustfmt
        component clippy clippy
        tool cargo-deny "licences, bans and sources of dependencies"
        ;;
    fuzz) tool cargo-fuzz "drives the fuzz targets" ;;
    *) fail "unknown: $want (wasm, test, lint, fuzz, or nothing)" ;;
esac
if [ "${#packages[@]}" -gt 0 ]; then say "ready"; fi
