#!/bin/sh
# Takes out of the first packages what dpkg.cfg keeps out of all others. (mmdebstrap can leave these files out while it
# unpacks, but starts a filter for every package to do so: ten seconds more.)
set -eu
find /usr/share/doc /usr/share/man /usr/share/info ! -type d ! -name copyright -delete
find /usr/share/doc -type d -empty -delete
find /usr/share/locale -mindepth 1 -maxdepth 1 ! -name zh_CN ! -name locale.alias -exec rm -r {} +
