# shellcheck shell=bash disable=SC2034 # the variables are for the script that sources this
# The image cubby/busybox. Sourced by ../build.sh.
. busybox/tree.sh
INPUTS=(busybox import.sh)
DEFAULT_TAG=cubby/busybox:test

build() {
  busybox_tree "$WORK/root"
  import_tar busybox/instructions < <(pack_tree "$WORK/root")
}
