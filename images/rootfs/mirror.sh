# shellcheck shell=bash disable=SC2034 # the variables are for the script that sources this
# Where Debian's packages come from. Sourced.
SUITE=${CUBBY_SUITE:-trixie}

# apt_sources SUITE prints the sources of a release with its updates and security updates.
apt_sources() {
  local mirror security
  mirror=$(apt_mirror)
  # Mirrors keep the security archive beside the main one.
  security=${mirror%/}-security
  printf 'deb %s %s main\n' "$mirror" "$1" "$mirror" "$1-updates" "$security" "$1-security"
}

# apt_mirror prints the address of the archive: the one asked for, or this machine's own if it runs Debian.
apt_mirror() {
  local own=''
  if [ -z "${CUBBY_APT_MIRROR:-}" ] && command -v apt-get >/dev/null; then
    # shellcheck disable=SC2016 # the words with $( ) are apt's
    own=$(apt-get indextargets --format '$(ORIGIN)|$(LABEL)|$(REPO_URI)' 'Identifier: Packages' 2>/dev/null |
      sed -n 's/^Debian|Debian|//p' | head -n 1)
  fi
  own=${CUBBY_APT_MIRROR:-${own:-http://deb.debian.org/debian}}
  printf '%s\n' "${own%/}"
}
