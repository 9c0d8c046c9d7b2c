#!/bin/sh
# `npm run demo`: from a fresh clone to a sandbox at work. See prepare.sh and demo.ts.
set -eu
cd "$(dirname "$0")/../.."
sh control/demo/prepare.sh
exec node_modules/.bin/node control/demo/demo.ts
