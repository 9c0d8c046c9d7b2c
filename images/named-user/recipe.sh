# shellcheck shell=bash disable=SC2034 # the variables are for the script that sources this
# The image cubby/named-user. Sourced by ../build.sh.
. busybox/tree.sh
INPUTS=(named-user busybox/tree.sh import.sh)
DEFAULT_TAG=cubby/named-user:test

build() {
  local root=$WORK/root
  busybox_tree "$root"
  mkdir -p "$root/etc" "$root/tmp" "$root/srv"
  chmod 1777 "$root/tmp"
  cp named-user/passwd named-user/group "$root/etc"
  pack_tree "$root" >"$WORK/root.tar"
  # Only the archive can give files to a user that this machine does not have.
  mkdir -p "$WORK/owned/home/app" "$WORK/owned/srv/work dir"
  tar --append --file "$WORK/root.tar" --directory "$WORK/owned" --mtime=@0 --owner=1234 --group=2345 --numeric-owner \
    'home/app' 'srv/work dir'
  import_tar named-user/instructions <"$WORK/root.tar"
}
