# shellcheck shell=bash
# What has to be installed, and doing so with the user's consent. Sourced.

# missing_tool_packages prints the packages of the tools that are not there, one a line.
missing_tool_packages() {
  command -v docker >/dev/null || docker_command_package
  command -v mmdebstrap >/dev/null || echo mmdebstrap
  # Without Debian's keys (on Ubuntu) mmdebstrap could not check what it downloads.
  [ -e /usr/share/keyrings/debian-archive-keyring.gpg ] || echo debian-archive-keyring
  command -v nft >/dev/null || [ -x /usr/sbin/nft ] || echo nftables
  command -v cc >/dev/null || echo gcc
  # The static C library: what is built runs in images that have none.
  case $(cc -print-file-name=libc.a 2>/dev/null) in /*) ;; *) echo libc6-dev ;; esac
}

# engine_packages prints the packages of an engine. Its networks need iptables, which the engine only recommends.
engine_packages() { printf '%s\n' docker.io iptables ca-certificates; }

# Newer releases have the command in a package of its own; in older ones it comes with the engine.
docker_command_package() {
  if [ -n "$(apt-cache show --no-all-versions docker-cli 2>/dev/null)" ]; then echo docker-cli; else echo docker.io; fi
}

# install_packages WHY PACKAGE... asks, then installs. Exits with 3 where that is not possible or not wanted.
install_packages() {
  local why=$1 wanted
  shift
  # The two lists overlap.
  wanted=$(printf '%s\n' "$@" | awk '!seen[$0]++' | paste -sd ' ')
  if ! command -v apt-get >/dev/null; then
    fail 3 "$why On Debian and Ubuntu this script installs $wanted. Here, install Docker Engine
(https://docs.docker.com/engine/install/) or set DOCKER_HOST to one that runs; a C compiler with a static C library; nft."
  fi
  if (($(id -u) != 0)); then
    fail 3 "$why As root this script installs: $wanted. Run: sudo $PWD/engine.sh"
  fi
  say "$why To be installed with apt, with what they depend on: ${wanted/docker.io/docker.io (with docker-cli where that is separate)}"
  consent || fail 3 'Nothing was installed.'
  # The names are split again on purpose: one word per package.
  # shellcheck disable=SC2086
  step "Installing $wanted" apt_install $wanted
}

# consent says whether the user agreed, now or beforehand.
consent() {
  local answer
  if [ "${CUBBY_YES:-}" = 1 ] || [ "${CI:-}" = true ]; then return 0; fi
  if ! { [ -t 0 ] && [ -t 2 ]; }; then
    say 'There is no terminal to ask at: agree with --yes or CUBBY_YES=1.'
    return 1
  fi
  printf 'Install? [Y/n] ' >&2
  read -r answer || return 1
  case $answer in '' | y | Y | yes | Yes | YES) ;; *) return 1 ;; esac
}

# apt_install PACKAGE... with package lists that are there and not out of date.
apt_install() {
  export DEBIAN_FRONTEND=noninteractive
  compgen -G '/var/lib/apt/lists/*Packages*' >/dev/null || apt-get -q update
  apt_install_from_lists "$@" || { apt-get -q update && apt_install_from_lists "$@"; }
}

apt_install_from_lists() {
  local command_package
  command_package=$(docker_command_package)
  case " $* " in
    *' docker.io '*) set -- "$@" "$command_package" ;;
  esac
  apt-get -q install --yes --no-install-recommends "$@"
}
