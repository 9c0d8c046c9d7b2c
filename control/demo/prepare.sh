#!/bin/sh
# Brings a fresh clone to the point where control can start: dependencies, an engine, the Python image, the agent pack.
# Each step is quick when there is nothing to do. Asks before it installs anything; a refusal ends it with status 3.
set -eu
cd "$(dirname "$0")/../.."

if [ ! -d node_modules ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
  echo "Installing dependencies (npm ci) ..."
  npm ci --no-audit --no-fund --loglevel=error
fi
export PATH="$PWD/node_modules/.bin:$PATH"
bash images/engine.sh
bash images/engine.sh --tools
bash images/build.sh python
node agent/pack/build.ts
