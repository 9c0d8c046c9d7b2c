#!/bin/sh
# Builds `init` as one static program that runs in any Linux image: build.sh OUTPUT [COMPILER]
set -eu

if [ $# -lt 1 ] || [ $# -gt 2 ]; then
  echo "usage: build.sh OUTPUT [COMPILER]" >&2
  exit 2
fi
output=$1
compiler=${2:-${CC:-}}
for candidate in cc gcc clang musl-gcc; do
  if [ -z "$compiler" ] && command -v "$candidate" >/dev/null 2>&1; then compiler=$candidate; fi
done
if [ -z "$compiler" ] || ! command -v "$compiler" >/dev/null 2>&1; then
  echo "build.sh: no C compiler ${compiler:+called $compiler }found; install gcc and a static libc (libc6-dev, musl-dev)" >&2
  exit 1
fi

# Built beside its place and moved there, so that a running init is never overwritten.
here=$(dirname "$0")
trap 'rm -f "$output.new"' EXIT
"$compiler" -std=c11 -D_GNU_SOURCE -O2 -Wall -Wextra -Werror -static -s -o "$output.new" "$here"/*.c
mv "$output.new" "$output"
