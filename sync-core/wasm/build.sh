#!/usr/bin/env bash
# Builds the engine for browsers: sync-core/wasm compiled to WebAssembly and bound, as a package in web/wasm-pkg.
# With `stories`, builds the engine's own tests the same way and runs them under Node.
# Does nothing when nothing has changed. `deploy/setup.sh wasm` installs what it needs.
#
# The standard library for WebAssembly comes from rustup's target where that is installed, and is otherwise built from
# the sources that Debian's compiler (rustc-web, rust-web-src) brings along.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

target=wasm32-unknown-unknown
build=$PWD/target/wasm
case "${1:-}" in
    "") crate=qiao-wasm package=$PWD/web/wasm-pkg ;;
    stories) crate=qiao-wasm-stories package=$build/stories ;;
    *) echo "wasm: unknown: $1 (stories, or nothing)" >&2; exit 2 ;;
esac
cargo_home=${CARGO_HOME:-$HOME/.cargo}

fail() { printf 'wasm: %s\n' "$*" >&2; exit 1; }
clang=$(command -v clang-19 || command -v clang) || fail "no clang: run deploy/setup.sh wasm"

# The C of zstd is for this target alone, and small: a phone reads every stream, but writes only the strongest kind
# (level 19) and the fastest.
export CC_wasm32_unknown_unknown=$clang
AR_wasm32_unknown_unknown=$(command -v llvm-ar-19 || command -v llvm-ar || command -v ar)
export AR_wasm32_unknown_unknown
CFLAGS_wasm32_unknown_unknown="-DHUF_FORCE_DECOMPRESS_X1 -DZSTD_FORCE_DECOMPRESS_SEQUENCES_SHORT -DZSTD_STRIP_ERROR_STRINGS"
for kind in DFAST GREEDY LAZY LAZY2 BTLAZY2 BTOPT; do
    CFLAGS_wasm32_unknown_unknown+=" -DZSTD_EXCLUDE_${kind}_BLOCK_COMPRESSOR"
done
export CFLAGS_wasm32_unknown_unknown

# Panics keep their place in the source: of the source, not of the machine that built it.
remap="--remap-path-prefix=$PWD/= --remap-path-prefix=/usr/lib/rustlib/src/rust/="
for folder in "$cargo_home"/registry/src/*/; do remap+=" --remap-path-prefix=$folder="; done
export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS=$remap

arguments=(build --locked --quiet --profile wasm --target "$target" --target-dir "$build" --package "$crate")
if [ -d "$(rustc --print sysroot)/lib/rustlib/$target/lib" ]; then
    cargo "${arguments[@]}"
elif [ -x /usr/bin/rustc ] && [ -d /usr/lib/rustlib/src/rust/library ]; then
    linker=$(command -v wasm-ld-19 || command -v wasm-ld) || fail "no wasm-ld: run deploy/setup.sh wasm"
    # Building the standard library is not stable yet; Debian's compiler is told to do it all the same.
    env PATH="/usr/bin:$PATH" RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1 \
        CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER="$linker" \
        /usr/bin/cargo "${arguments[@]}" -Zbuild-std=std,panic_abort
else
    fail "no standard library for $target: run deploy/setup.sh wasm"
fi

module=$build/$target/wasm/${crate//-/_}.wasm
# In a folder of its own: it waits for no other build, and the linker flags above are not its own.
cargo build --locked --quiet --target-dir "$build" --package qiao-wasm-bind
bind=$build/debug/qiao-wasm-bind
if [ ! "$package/package.json" -nt "$module" ] || [ ! "$package/package.json" -nt "$bind" ]; then
    "$bind" "$module" "$package"
    echo "wasm: $crate is new ($(wc -c <"$package/qiao_bg.wasm") bytes before compression)"
fi
if [ "$crate" = qiao-wasm-stories ]; then node sync-core/wasm/stories/run.mjs "$package"; fi
