# shellcheck shell=bash disable=SC2034 # the variables are for the script that sources this
# The image cubby/python. Sourced by ../build.sh.
. rootfs/debian.sh
INPUTS=(python "${DEBIAN_INPUTS[@]}")
DEFAULT_TAG=cubby/python:latest

build() { debian_image python; }
