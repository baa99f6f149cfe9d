#!/usr/bin/env bash
# Writes requirements.lock (what runs) and requirements-dev.lock (that, and what checks it): exact
# versions with the hashes of every file that pip may install. Each package has one version for every
# supported Python (3.11 and newer): what is tested with one of them is what runs with the others.
set -euo pipefail
cd "$(dirname "$0")/.."

tools=$(mktemp -d)
trap 'rm -rf "$tools"' EXIT
"${PYTHON:-python3}" -m venv "$tools"
"$tools/bin/pip" install --quiet --disable-pip-version-check uv

compile() {
    local output=$1
    shift
    # setuptools builds the project itself, which is installed without fetching anything.
    echo 'setuptools>=70' | "$tools/bin/uv" pip compile pyproject.toml - "$@" --quiet --upgrade \
        --universal --fork-strategy fewest --python-version 3.11 --generate-hashes --no-header \
        --no-emit-index-url --no-annotate --output-file "$output"
    sed -i '1i # Written by `make lock`.' "$output"
}

compile requirements.lock
compile requirements-dev.lock --extra dev --constraint requirements.lock
