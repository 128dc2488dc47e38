#!/usr/bin/env bash
# Makes a Debian machine with Rust, gcc, Python and Node ready to build Qiao. Says each thing it does, changes
# nothing that is already there, and takes well under a second when nothing is missing.
#
#   deploy/setup.sh          what `make demo`, `make test` and `make bench` need
#   deploy/setup.sh lint     also cargo-deny, rustfmt and clippy, for `make lint`
#   deploy/setup.sh fuzz     also cargo-fuzz, for `make fuzz`
#
# cmake, pkg-config and a SQLite package are not needed: SQLite, zstd and the TLS library are built from the
# sources in the lock file with the C compiler alone.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export PATH="$PATH:${CARGO_HOME:-$HOME/.cargo}/bin"

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
if [ "${#packages[@]}" -gt 0 ]; then
    has apt-get || fail "missing: ${packages[*]}. This is no Debian: install them with your package manager."
    say "installing with apt: ${packages[*]}"
    as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}"
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
    build) ;;
    lint)
        component fmt rustfmt
        component clippy clippy
        tool cargo-deny "licences, bans and sources of dependencies"
        ;;
    fuzz) tool cargo-fuzz "drives the fuzz targets" ;;
    *) fail "unknown: $want (lint, fuzz, or nothing)" ;;
esac
if [ "${#packages[@]}" -gt 0 ]; then say "ready"; fi
