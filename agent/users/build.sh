#!/bin/sh
# Builds `rights.node`, which the agent loads: build.sh OUTPUT [COMPILER]. Against the C library of this machine, as Node is.
set -eu

if [ $# -lt 1 ] || [ $# -gt 2 ]; then
  echo "usage: build.sh OUTPUT [COMPILER]" >&2
  exit 2
fi
output=$1
compiler=${2:-${CC:-}}
for candidate in cc gcc clang; do
  if [ -z "$compiler" ] && command -v "$candidate" >/dev/null 2>&1; then compiler=$candidate; fi
done
if [ -z "$compiler" ] || ! command -v "$compiler" >/dev/null 2>&1; then
  echo "build.sh: no C compiler ${compiler:+called $compiler }found; install gcc and libc6-dev" >&2
  exit 1
fi

here=$(dirname "$0")
headers=$here/../../node_modules/node-api-headers/include
if [ ! -e "$headers/node_api.h" ]; then
  echo "build.sh: the headers of Node-API are missing; run npm ci" >&2
  exit 1
fi

# Moved to its place, so that an addon in use is never overwritten. Node itself brings what it calls of Node-API.
trap 'rm -f "$output.new"' EXIT
"$compiler" -std=c11 -D_GNU_SOURCE -O2 -Wall -Wextra -Werror -fvisibility=hidden \
  -shared -fPIC -s -isystem "$headers" -o "$output.new" "$here/rights.c"
mv "$output.new" "$output"
