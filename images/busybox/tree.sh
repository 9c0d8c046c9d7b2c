# shellcheck shell=bash
# A root directory that holds a static busybox and links to it, and nothing else. Sourced.

# busybox_tree DIRECTORY makes the directory and fills it.
busybox_tree() {
  local root=$1 applet
  mkdir -p "$root/bin"
  static_busybox "$root/bin/busybox"
  # The links are absolute and sit where the applets expect to be, so that `#!/usr/bin/env` works too.
  for applet in $("$root/bin/busybox" --list-full); do
    [ "$applet" != bin/busybox ] || continue
    mkdir -p "$root/$(dirname "$applet")"
    ln -sf /bin/busybox "$root/$applet"
  done
}

# static_busybox FILE copies the machine's own if it is the static one, otherwise takes it out of Debian's package
# without installing that (it would push out the dynamic `busybox`).
static_busybox() {
  local own directory
  own=$(command -v busybox || true)
  if [ -n "$own" ] && is_static "$own"; then
    cp "$own" "$1"
    return
  fi
  command -v apt-get >/dev/null || fail 3 'No static busybox here. Put one on the PATH, or build on Debian or Ubuntu.'
  directory=$WORK/busybox-static
  mkdir "$directory"
  (cd "$directory" && apt-get -qq download busybox-static && dpkg-deb --extract busybox-static_*.deb .)
  cp "$directory"/usr/bin/busybox "$1" 2>/dev/null || cp "$directory"/bin/busybox "$1"
}

# A static program names no program interpreter; every dynamic one on Linux names a loader that starts with /lib.
is_static() {
  ! LC_ALL=C head -c 4096 "$1" | grep -q --text '/lib[0-9]*/ld-'
}

# pack_tree DIRECTORY writes a tar archive in which everything is root's, whoever runs this; the same bytes every time.
pack_tree() {
  tar --create --directory "$1" --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner .
}
