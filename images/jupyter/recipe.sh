# shellcheck shell=bash disable=SC2034 # the variables are for the script that sources this
# The image cubby/jupyter, one layer on cubby/python: kernels the usual way, to compare cells with and for tests. Sourced by
# ../build.sh.
. rootfs/debian.sh
INPUTS=(jupyter python "${DEBIAN_INPUTS[@]}")
DEFAULT_TAG=cubby/jupyter:latest

prepare() { ./build.sh python; }

build() { BASE_IMAGE=cubby/python:latest debian_image jupyter; }
