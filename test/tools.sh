#!/usr/bin/env bash
# Makes sure that what the tests use as clients and counterparts is there: a Python with ipykernel, and compose.
# Nothing is installed without a yes; see images/engine.sh, which has the rest.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../images"
. ./progress.sh
. ./packages.sh

packages=()
/usr/bin/python3 -c 'import ipykernel' 2>/dev/null || packages+=(python3-ipykernel)
docker compose version >/dev/null 2>&1 || command -v docker-compose >/dev/null || packages+=(docker-compose)
((${#packages[@]} == 0)) || install_packages 'The tests need more tools.' "${packages[@]}"
