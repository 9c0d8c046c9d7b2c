#!/usr/bin/env bash
# Makes sure that a Docker Engine answers, and that the tools Cubby builds with are there.
#
#   images/engine.sh [--yes] [--pidfile FILE]    an engine that answers: started, or installed and started, if need be
#   images/engine.sh --tools [--yes]             only the tools: mmdebstrap, cc, nft and the docker command
#   images/engine.sh runtimes [--pidfile FILE]   tells the dockerd that this script started by hand of runsc and crun, where they are installed
#   images/engine.sh stop [--pidfile FILE]       ends the dockerd that this script started by hand, and no other
#
# Nothing is installed without a yes: typed at a terminal, or given by --yes, CUBBY_YES=1 or CI=true. Installing an
# engine brings the missing tools along, so that there is one question.
# A dockerd started by hand (where systemd is not in charge) writes to /var/log/cubby-dockerd.log and its pid is in
# FILE, /run/cubby-dockerd.pid by default. Exit status: 0 fine, 1 it did not start or stop, 2 usage, 3 not possible
# or not wanted here (the message says what to do).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
. ./progress.sh
. ./packages.sh
. ./dockerd.sh
. ./runtimes.sh

usage() {
  sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//p}' engine.sh >&2
  exit 2
}

task=ensure
PIDFILE=/run/cubby-dockerd.pid
while (($#)); do
  case $1 in
    stop) task=stop && shift ;;
    runtimes) task=runtimes && shift ;;
    --tools) task=tools && shift ;;
    --yes) CUBBY_YES=1 && shift ;;
    --pidfile) PIDFILE=${2:?--pidfile needs a file} && shift 2 ;;
    *) usage ;;
  esac
done

ensure() {
  local version
  if version=$(engine_version); then
    say "Docker Engine $version answers."
    return
  fi
  [ -z "${DOCKER_HOST:-}" ] || fail 3 "No Docker Engine answers at DOCKER_HOST=$DOCKER_HOST. Start it, or unset DOCKER_HOST."
  if ! command -v dockerd >/dev/null && ! engine_is_starting; then
    # shellcheck disable=SC2046 # one word per package
    install_packages 'No Docker Engine is installed here.' $(engine_packages) $(missing_tool_packages)
  fi
  start_engine
  say "Docker Engine $(engine_version) answers."
}

tools() {
  local packages
  packages=$(missing_tool_packages)
  [ -n "$packages" ] || return 0
  # shellcheck disable=SC2086 # one word per package
  install_packages 'Some of the tools that Cubby builds with are missing.' $packages
}

case $task in
  ensure) ensure ;;
  tools) tools ;;
  runtimes) tell_of_runtimes ;;
  stop) stop_engine ;;
esac
