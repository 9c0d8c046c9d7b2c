#!/usr/bin/env bash
# Makes sure that what the tests use as clients and counterparts is there: a Python with ipykernel and a Jupyter Server, a
# JDK, compose, ripgrep, PostgreSQL, btrfs, OCI runtimes beside runc, which the engine is told of, and the Python clients of test/clients/python/requirements.txt in .tools/clients. Nothing outside this
# folder is installed without a yes; see images/engine.sh, which has the rest.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../images"
. ./progress.sh
. ./packages.sh

packages=()
/usr/bin/python3 -c 'import ipykernel' 2>/dev/null || packages+=(python3-ipykernel)
/usr/bin/python3 -c 'import jupyter_server' 2>/dev/null || packages+=(jupyter-server)
/usr/bin/python3 -c 'import venv, ensurepip' 2>/dev/null || packages+=(python3-venv)
command -v jshell >/dev/null || packages+=(default-jdk-headless)
docker compose version >/dev/null 2>&1 || command -v docker-compose >/dev/null || packages+=(docker-compose)
compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || command -v initdb >/dev/null || packages+=(postgresql)
command -v runsc >/dev/null || packages+=(runsc)
command -v crun >/dev/null || packages+=(crun)
command -v mkfs.btrfs >/dev/null || [ -x /usr/sbin/mkfs.btrfs ] || packages+=(btrfs-progs)
command -v rg >/dev/null || packages+=(ripgrep)
((${#packages[@]} == 0)) || install_packages 'The tests need more tools.' "${packages[@]}"
bash ./engine.sh runtimes

requirements=../test/clients/python/requirements.txt
clients=../.tools/clients
# Another Python or another place makes it useless, too: its programs name both.
wanted=$(cat "$requirements" <(/usr/bin/python3 --version) <(realpath -m "$clients") | sha256sum)

install_clients() {
  rm -rf "$clients"
  mkdir -p ../.tools
  /usr/bin/python3 -m venv "$clients"
  "$clients/bin/pip" install --quiet --disable-pip-version-check --only-binary=:all: --requirement "$requirements"
  # Written last: an installation that was broken off is done again.
  printf '%s\n' "$wanted" >"$clients/installed"
}

[ "$(cat "$clients/installed" 2>/dev/null)" = "$wanted" ] || step 'Installing the Python clients' install_clients

[ -x ../.tools/object-store/versitygw ] || step 'Building an S3 server' bash ../test/object-store.sh
