# shellcheck shell=bash disable=SC2034 # the variables are for the script that sources this
# The image cubby/base. Sourced by ../build.sh.
. rootfs/debian.sh
. ./packages.sh
. base/fetch.sh
INPUTS=(base "${DEBIAN_INPUTS[@]}")
DEFAULT_TAG=cubby/base:latest

prepare() { need_fetchers; }

build() {
  fetch_runtimes "$WORK/recipe/runtimes"
  debian_image base
}
