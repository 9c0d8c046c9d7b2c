# shellcheck shell=bash
# The image cubby/busybox. Sourced by ../build.sh.
. busybox/tree.sh
INPUTS=(busybox import.sh)
DEFAULT_TAG=cubby/busybox:test

build() {
  busybox_tree "$WORK/root"
  import_tar busybox/instructions < <(pack_tree "$WORK/root")
}
