# shellcheck shell=bash disable=SC2034 # the variables are for the script that sources this
# Debian images, made from a folder that holds
#   packages      what apt installs, one a line
#   setup.sh      runs in the new system as root when the packages are in (its own folder holds the other files)
#   before.sh     optional: runs before the packages are installed
#   instructions  Dockerfile instructions for the result
# Sourced. The same folder gives an image either through mmdebstrap, which needs neither a registry nor a network in
# containers, or on top of BASE_IMAGE.
. rootfs/mirror.sh

DEBIAN_INPUTS=(rootfs import.sh)

# debian_image FOLDER makes the image and prints its id. What is in $WORK/recipe already goes in, too.
debian_image() {
  mkdir -p "$WORK/recipe"
  cp -R rootfs/dpkg.cfg rootfs/install.sh rootfs/slim.sh rootfs/user.sh "$1"/. "$WORK/recipe"
  if [ -n "${BASE_IMAGE:-}" ]; then
    extend_base_image "$1/instructions"
  elif command -v mmdebstrap >/dev/null; then
    bootstrap "$1/instructions"
  else
    say "mmdebstrap is not installed (images/engine.sh --tools does it): starting from debian:$SUITE-slim."
    BASE_IMAGE=debian:$SUITE-slim extend_base_image "$1/instructions"
  fi
}

# bootstrap FILE makes the root file system with mmdebstrap and streams it into the engine.
bootstrap() {
  local packages before=()
  packages=$(packages_of "$WORK/recipe/packages" | paste -sd ,)
  if [ -f "$WORK/recipe/before.sh" ]; then
    before=("--essential-hook=copy-in '$WORK/recipe' /tmp" "--essential-hook=chroot \"\$1\" sh /tmp/recipe/before.sh")
  fi
  apt_sources "$SUITE" >"$WORK/sources.list"
  # In the hooks, "$1" is the new root: mmdebstrap's shell expands it.
  # shellcheck disable=SC2016
  # SOURCE_DATE_EPOCH would give the sources times that their compiled bytecode does not match.
  env -u SOURCE_DATE_EPOCH TMPDIR="$(roomy_directory)" mmdebstrap --variant=apt --include="$packages" \
    --aptopt='APT::Install-Recommends "false"' --aptopt='Acquire::Languages "none"' \
    --extract-hook="upload '$WORK/recipe/dpkg.cfg' /etc/dpkg/dpkg.cfg.d/cubby" "${before[@]}" \
    --customize-hook="copy-in '$WORK/recipe' /tmp" \
    --customize-hook='chroot "$1" sh /tmp/recipe/setup.sh' --customize-hook='chroot "$1" sh /tmp/recipe/slim.sh' \
    --customize-hook='rm -r "$1/tmp/recipe"' \
    --customize-hook='rm -f "$1/etc/resolv.conf" "$1/etc/hostname"' \
    "$SUITE" - "$WORK/sources.list" | import_tar "$1"
}

# extend_base_image FILE runs the same steps in a container of BASE_IMAGE and commits it: one layer, without the
# files that were only needed to make it.
extend_base_image() {
  local CHANGES container
  read_changes "$1"
  container=$(docker create "$BASE_IMAGE" sh /tmp/recipe/install.sh)
  # shellcheck disable=SC2064 # the container's id is known now
  trap "docker rm -f $container >/dev/null" EXIT
  docker cp "$WORK/recipe" "$container:/tmp/recipe"
  docker start --attach "$container" >&2
  docker commit "${CHANGES[@]}" "$container"
}

# packages_of FILE prints the names in a list of packages.
packages_of() { sed -e 's/#.*//' -e '/^[[:space:]]*$/d' "$1"; }

# roomy_directory prints where to unpack: memory where there is plenty, which takes a quarter of the time off, and the
# usual temporary directory otherwise.
roomy_directory() {
  local free options
  free=$(df -Pk /dev/shm 2>/dev/null | awk 'NR == 2 && $1 == "tmpfs" { print $4 }')
  options=$(findmnt --noheadings --output OPTIONS /dev/shm 2>/dev/null || true)
  if ((${free:-0} > 4000000)) && [[ ,$options, != *,noexec,* ]] &&
    awk '/^MemAvailable:/ { exit $2 < 6000000 }' /proc/meminfo; then
    echo /dev/shm
  else
    echo "${TMPDIR:-/tmp}"
  fi
}
