# shellcheck shell=bash
# The image cubby/python. Sourced by ../build.sh.
. ./rootfs.sh
INPUTS=(python "${DEBIAN_INPUTS[@]}")
DEFAULT_TAG=cubby/python:latest

build() { debian_image python; }
