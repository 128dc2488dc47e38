#!/usr/bin/env bash
# The interface asked by Schemathesis: makes its environment under target/ once, then runs run.py with what is given.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
environment=$here/../../target/api
if ! cmp -s "$here/requirements.txt" "$environment/installed.txt"; then
    echo "api: installing Schemathesis into target/api"
    rm -rf "$environment"
    python3 -m venv "$environment"
    "$environment/bin/python" -m pip install --quiet --disable-pip-version-check --only-binary :all: --require-hashes \
        --requirement "$here/requirements.txt"
    # Last: an installation that was broken off is begun anew.
    cp "$here/requirements.txt" "$environment/installed.txt"
fi
exec "$environment/bin/python" "$here/run.py" "$@"
