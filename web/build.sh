#!/usr/bin/env bash
# Builds the web apps and packs them into server/assets. Builds only what has changed since it was last built.
# The engine (web/wasm-pkg) is sync-core/wasm/build.sh's; `make web` runs both.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

[ -f wasm-pkg/package.json ] || { echo "web: no engine in web/wasm-pkg: run make web" >&2; exit 1; }
if [ ! node_modules/.package-lock.json -nt package-lock.json ]; then
    echo "web: installing the packages of package-lock.json"
    npm ci --no-audit --no-fund --silent
    touch node_modules/.package-lock.json
fi
for app in apps/*/; do
    app=${app%/}
    page=$app/dist/index.html
    newer=$(if [ -f "$page" ]; then
        find package.json package-lock.json tsconfig*.json sync-client ui api-client wasm-pkg "$app" \
            \( -name node_modules -o -path "$app/dist" \) -prune -o -type f -newer "$page" -print -quit
    else
        echo "everything"
    fi)
    if [ -n "$newer" ]; then
        echo "web: building $app"
        began=$(mktemp)
        npm run build --silent --workspace "$app" -- --logLevel warn
        # What changes while it is built is not in it.
        touch -r "$began" "$page"
        rm -f "$began"
    fi
done
node pack.mjs
