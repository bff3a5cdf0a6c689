#!/usr/bin/env bash
# Create .venv with the pinned packages; `setup.sh dev` adds the tools of `make test`, a Chromium and,
# as root on Debian, PostgreSQL.
# Does nothing if both are as the pins say; an interrupted or outdated set-up is completed.
set -euo pipefail
cd "$(dirname "$0")/.."
extra="${1:-}"
pins=(pyproject.toml requirements/constraints.txt)

fail() {
    echo "Error: $1" >&2
    echo "$2" >&2
    exit 2
}

find_python() {
    local candidate
    for candidate in "${PYTHON:-}" python3.12 python3.11 python3; do
        if [[ -n "$candidate" ]] && command -v "$candidate" >/dev/null &&
            "$candidate" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))'; then
            echo "$candidate"
            return
        fi
    done
    fail "no Python 3.11, 3.12 or 3.13 was found on the PATH." \
        "Install one (Debian, Ubuntu: apt-get install python3 python3-venv) or name it: make PYTHON=/path/to/python3.12"
}

# Debian's PostgreSQL where root may install it, as in containers: its programs alone, no server.
# The tests start one of their own; without the programs they are skipped.
install_postgresql() {
    local own=/etc/postgresql-common/createcluster.conf
    local programs=(/usr/lib/postgresql/*/bin/initdb)
    [[ ! -e "${programs[0]}" && "$(id -u)" == 0 ]] && command -v apt-get >/dev/null || return 0
    mkdir -p "$(dirname "$own")"
    [[ -e "$own" ]] || echo "create_main_cluster = false" >"$own"
    export DEBIAN_FRONTEND=noninteractive
    { apt-get update -qq && apt-get install -y -qq --no-install-recommends \
        -o Dpkg::Options::=--force-confold postgresql; } >/dev/null 2>&1 ||
        echo "PostgreSQL could not be installed: the tests of it are skipped." >&2
}

# The stamp says which pins, and at which place, the environment was completed for.
digest="$(pwd) $(cat "${pins[@]}" | sha256sum | cut -d' ' -f1)"
stamp=".venv/.complete-base"
if [[ "$(cat "$stamp" 2>/dev/null || true)" != "$digest" ]]; then
    python="$(find_python)"
    "$python" -c 'import ensurepip, venv' 2>/dev/null ||
        fail "$python cannot make virtual environments." "Debian, Ubuntu: apt-get install python3-venv"
    [[ -x .venv/bin/python ]] && .venv/bin/python -c '' 2>/dev/null || {
        rm -rf .venv
        "$python" -m venv .venv
    }
    echo "Installing the pinned packages into .venv (once; see README for sizes) …" >&2
    .venv/bin/python -m pip install --quiet --disable-pip-version-check \
        --constraint requirements/constraints.txt --editable . ||
        fail "pip could not install the packages (its reason stands above)." \
            "Check the network connection and run the same command again: it continues."
    echo "$digest" >"$stamp"
fi

[[ "$extra" == "dev" ]] || exit 0
stamp=".venv/.complete-dev"
if [[ "$(cat "$stamp" 2>/dev/null || true)" != "$digest" ]]; then
    echo "Installing the development tools into .venv …" >&2
    .venv/bin/python -m pip install --quiet --disable-pip-version-check \
        --constraint requirements/constraints.txt --editable '.[dev]' ||
        fail "pip could not install the development tools (its reason stands above)." \
            "Check the network connection and run the same command again: it continues."
    .venv/bin/python scripts/find_chromium.py >/dev/null
    install_postgresql
    echo "$digest" >"$stamp"
fi
