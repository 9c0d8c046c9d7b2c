# shellcheck shell=bash
# The OCI runtimes beside runc, for a dockerd that is started by hand. Sourced. A machine that has a daemon.json of its own is its
# administrator's: nothing is added to that, and docs/runtimes.md says what belongs into it.
CONFIG=/run/cubby-dockerd.json
THEIRS=/etc/docker/daemon.json

# config_option prints what dockerd is started with to read the file that write_runtimes writes.
config_option() { [ -e "$THEIRS" ] || printf '%s %s' --config-file "$CONFIG"; }

# write_runtimes writes down those that are installed.
write_runtimes() {
  local entries=()
  # The second flag keeps the sandbox on the machine's network stack, where the rules are that shut its network.
  ! command -v runsc >/dev/null ||
    entries+=("\"runsc\": {\"path\": \"$(command -v runsc)\", \"runtimeArgs\": [\"--host-uds=all\", \"--network=host\"]}")
  ! command -v crun >/dev/null || entries+=("\"crun\": {\"path\": \"$PWD/crun.sh\"}")
  local IFS=,
  printf '{"runtimes": {%s}}\n' "${entries[*]}" >"$CONFIG"
}

# tell_of_runtimes has the dockerd that this script started read them again. Containers go on.
tell_of_runtimes() {
  local pid
  pid=$(cat "$PIDFILE" 2>/dev/null || true)
  if ! is_dockerd "$pid" || ! tr '\0' ' ' <"/proc/$pid/cmdline" | grep -qF -- "--config-file $CONFIG"; then
    say "The engine was not started by this script, or has a configuration of its own; docs/runtimes.md says how it learns of OCI runtimes. It knows: $(known_runtimes)"
    return
  fi
  write_runtimes
  kill -HUP "$pid"
  wait_until 30 'Waiting for Docker Engine to know the OCI runtimes' knows_all || fail 1 "Docker Engine does not take $CONFIG. Its log: $LOG"
  say "Docker Engine knows these OCI runtimes: $(known_runtimes)"
}

known_runtimes() { docker info 2>/dev/null --format '{{range $name, $_ := .Runtimes}}{{$name}} {{end}}'; }

knows_all() {
  local known name
  known=" $(known_runtimes) "
  for name in $(sed -n 's/.*"runtimes": {\(.*\)}}$/\1/p' "$CONFIG" | grep -o '"[a-z]*": {' | tr -d '": {'); do
    [[ $known == *" $name "* ]] || return 1
  done
}
