# shellcheck shell=bash disable=SC2034 # the variables are for the script that sources this
# The image cubby/debian. Sourced by ../build.sh.
. rootfs/debian.sh
INPUTS=(debian "${DEBIAN_INPUTS[@]}")
DEFAULT_TAG=cubby/debian:$SUITE

build() { debian_image debian; }
