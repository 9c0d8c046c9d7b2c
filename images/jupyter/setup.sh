#!/bin/sh
# Packages compile their own files when they are installed; this is for what they leave out. A server that compiles at every
# start would flatter what it is compared with.
set -eu
python3 -m compileall -q -j 0 /usr/lib/python3/dist-packages
