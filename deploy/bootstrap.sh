#!/usr/bin/env bash
# Makes .venv from the lock files:  deploy/bootstrap.sh runtime|dev
# Needs Python 3.11 or newer and nothing else; costs nothing when .venv is up to date.
set -euo pipefail
cd "$(dirname "$0")/.."

kind=$1
if [ "$kind" = dev ]; then lock=requirements-dev.lock; else lock=requirements.lock; fi
started=$(date +%s)
say() { printf '[%3d s] %s\n' "$(($(date +%s) - started))" "$*" >&2; }

# What the installed packages depend on: this folder, whose path is in every script, and the locks.
wanted=$( (pwd && cat deploy/bootstrap.sh pyproject.toml requirements*.lock) | sha256sum)
up_to_date() { [ -x .venv/bin/python ] && [ "$(cat ".venv/installed-$1" 2>/dev/null)" = "$wanted" ]; }
if up_to_date dev || up_to_date "$kind"; then exit 0; fi

find_python() {
    local candidate
    for candidate in ${PYTHON:-python3 python3.11 python3.12 python3.13 python3.14}; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$candidate"
            return
        fi
    done
    say "Python 3.11 or newer is needed and was not found. Install python3, or set PYTHON to one."
    exit 1
}

make_venv() {
    local python wheel
    python=$(find_python)
    say "Making .venv with $("$python" --version)"
    if "$python" -c 'import ensurepip' 2>/dev/null; then
        "$python" -m venv --clear .venv
    else
        wheel=$("$python" -m deploy.stack.pip)
        "$python" -m venv --clear --without-pip .venv
        PYTHONPATH=$wheel .venv/bin/python -m pip install --quiet --no-index --no-deps "$wheel"
    fi
    pwd > .venv/made-in
}

# Two chores may start at once; the second waits and then finds everything done.
mkdir -p .virtaama
exec 9> .virtaama/setup.lock
if command -v flock > /dev/null; then flock 9; fi
if up_to_date dev || up_to_date "$kind"; then exit 0; fi

if ! { [ -x .venv/bin/python ] && [ "$(cat .venv/made-in 2>/dev/null)" = "$PWD" ]; }; then make_venv; fi
pip() { .venv/bin/python -m pip --quiet --quiet --disable-pip-version-check --no-input "$@"; }
say "Installing $(grep -c '^[a-z].*==' "$lock") packages from $lock"
pip install --only-binary :all: --require-hashes --requirement "$lock"
pip install --no-index --no-deps --no-build-isolation --editable .
echo "$wanted" > ".venv/installed-$kind"
say "Packages are ready"
