# shellcheck shell=bash
# Starting and ending a Docker Engine. Sourced. PIDFILE says where the pid of one started by hand is kept.
LOG=/var/log/cubby-dockerd.log

# engine_version prints the engine's version; fails when none answers. A script that only has the socket is enough.
engine_version() {
  local socket=${DOCKER_HOST:-unix:///var/run/docker.sock} version=''
  if command -v docker >/dev/null; then
    version=$(timeout 10 docker version --format '{{.Server.Version}}' 2>/dev/null) || return 1
  elif [ -S "${socket#unix://}" ] && command -v curl >/dev/null; then
    version=$(curl --silent --fail --max-time 10 --unix-socket "${socket#unix://}" http://localhost/version |
      sed -n 's/.*"Version":"\([^"]*\)","ApiVersion".*/\1/p')
  fi
  [ -n "$version" ] && printf '%s\n' "$version"
}

engine_answers() { engine_version >/dev/null; }

# engine_is_starting says whether a dockerd of this machine runs, so that no second one is started beside it.
engine_is_starting() { is_dockerd "$(cat /run/docker.pid 2>/dev/null)"; }

# is_dockerd PID is false for a pid that was given to another program, and for one that is only waiting to be reaped.
is_dockerd() {
  [ -n "$1" ] && [ "$(cat "/proc/$1/comm" 2>/dev/null)" = dockerd ] && ! grep -q '^State:[[:space:]]*Z' "/proc/$1/status"
}

start_engine() {
  if (($(id -u) != 0)); then
    if [ -S /var/run/docker.sock ] && ! [ -w /var/run/docker.sock ]; then
      fail 3 "This user may not use the Docker Engine. As root: usermod --append --groups docker $(id -un); then log in again."
    fi
    fail 3 "Docker Engine is installed but does not answer. Start it as root: sudo $PWD/engine.sh"
  fi
  if engine_is_starting; then
    say 'Docker Engine is starting.'
  elif ! { [ -d /run/systemd/system ] && systemctl start docker; }; then
    start_by_hand
  fi
  wait_until 60 'Waiting for Docker Engine' answers_or_gone && engine_answers && return
  [ ! -e "$LOG" ] || tail -n 20 "$LOG" >&2
  fail 1 "Docker Engine did not start. Its log: $LOG, or journalctl -u docker."
}

# start_by_hand runs dockerd in the background, in a session of its own so that no terminal's end ends it.
start_by_hand() {
  write_runtimes
  # shellcheck disable=SC2046 # an option and its value, or nothing
  (cd / && exec setsid dockerd $(config_option) </dev/null >"$LOG" 2>&1) &
  STARTED=$!
  printf '%s\n' "$STARTED" >"$PIDFILE"
  disown
  say "Started dockerd (pid $STARTED, log in $LOG)."
}

# answers_or_gone ends the wait early when the dockerd that was just started gave up.
answers_or_gone() {
  engine_answers || { [ -n "${STARTED:-}" ] && ! kill -0 "$STARTED" 2>/dev/null; }
}

stop_engine() {
  local pid
  pid=$(cat "$PIDFILE" 2>/dev/null || true)
  if ! is_dockerd "$pid"; then
    rm -f "$PIDFILE"
    say 'This script has started no dockerd that still runs.'
    return
  fi
  kill -TERM "$pid"
  wait_until 60 "Waiting for dockerd (pid $pid) to end" has_ended "$pid" || fail 1 "dockerd (pid $pid) does not end."
  rm -f "$PIDFILE"
  say "dockerd (pid $pid) has ended."
}

has_ended() { ! is_dockerd "$1"; }
