#!/bin/sh
# Runs in a container of a base image: what mmdebstrap does for an image made from nothing.
set -eu
cd "$(dirname "$0")"
export DEBIAN_FRONTEND=noninteractive
cp dpkg.cfg /etc/dpkg/dpkg.cfg.d/cubby
[ ! -f before.sh ] || sh before.sh
apt-get -q update
# shellcheck disable=SC2046 # one word per package
apt-get -q install --yes --no-install-recommends $(sed -e 's/#.*//' packages)
sh setup.sh
apt-get clean
rm -rf /var/lib/apt/lists/* /tmp/recipe
