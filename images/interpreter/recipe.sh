# shellcheck shell=bash disable=SC2034 # the variables are for the script that sources this
# The image cubby/interpreter, one layer on cubby/python. Sourced by ../build.sh.
. rootfs/debian.sh
. ./packages.sh
. base/fetch.sh
INPUTS=(interpreter python base/fetch.sh base/runtimes.sh base/versions "${DEBIAN_INPUTS[@]}")
DEFAULT_TAG=cubby/interpreter:latest

prepare() {
  need_fetchers
  ./build.sh python
}

build() {
  mkdir -p "$WORK/recipe"
  fetch_runtimes "$WORK/recipe/runtimes"
  cp base/runtimes.sh "$WORK/recipe"
  BASE_IMAGE=cubby/python:latest debian_image interpreter
}
