# shellcheck shell=bash
# What the scripts in this folder say to people, and how they wait. Sourced.
# Everything goes to stderr. Where somebody watches (a terminal), a long step keeps one line up to date; in a log
# it writes plain lines and a sign of life every 15 seconds.

say() { printf '%s\n' "$*" >&2; }

# fail STATUS WORDS... says why and ends the script.
fail() {
  local status=$1
  shift
  say "$*"
  exit "$status"
}

watched() { [ -t 2 ]; }

# redraw TEXT replaces the current line of the terminal.
redraw() { printf '\r\033[K%s' "$1" >&2; }

# wait_until SECONDS TEXT COMMAND... polls COMMAND until it succeeds; fails after SECONDS.
wait_until() {
  local limit=$1 text=$2 started=$SECONDS told=0 waited
  shift 2
  until "$@"; do
    waited=$((SECONDS - started))
    ((waited < limit)) || { ! watched || redraw ''; return 1; }
    if watched; then
      redraw "$text … $waited s"
    elif ((waited >= told)); then
      say "$text … $waited s"
      told=$((waited + 15))
    fi
    sleep 0.2
  done
  ! watched || redraw ''
}

# step TEXT COMMAND... runs COMMAND with its output kept back, shows the last line of it while it runs, and shows
# the end of the output if it fails. COMMAND gets its own process group so that Ctrl-C ends all of it.
step() {
  local text=$1 log pid status=0 started=$SECONDS
  shift
  log=$(mktemp "${TMPDIR:-/tmp}/cubby-step.XXXXXX")
  set -m
  ("$@") >"$log" 2>&1 </dev/null &
  pid=$!
  set +m
  trap 'end_group "$pid"; rm -f "$log"; exit 130' INT TERM
  watch_log "$pid" "$text" "$log"
  wait "$pid" || status=$?
  trap - INT TERM
  if ((status != 0)); then
    say "$text: failed after $((SECONDS - started)) s. Its last words:"
    tail -n 40 "$log" >&2
  else
    say "$text: done in $((SECONDS - started)) s"
  fi
  rm -f "$log"
  return "$status"
}

# watch_log PID TEXT LOG shows how far a step is until its process ends.
watch_log() {
  local pid=$1 text=$2 log=$3 started=$SECONDS told=0 waited last
  while kill -0 "$pid" 2>/dev/null; do
    waited=$((SECONDS - started))
    # Ctrl-C ends these small programs, too; that must not end the script before its trap runs.
    last=$(tail -n 1 "$log" | tr -dc '[:print:]' | cut -c1-70) || true
    if watched; then
      redraw "$text … $waited s  $last"
    elif ((waited >= told)); then
      say "$text … $waited s $last"
      told=$((waited + 15))
    fi
    sleep 0.2 || true
  done
  ! watched || redraw ''
}

# end_group PID ends a process group and waits for the last of it: mmdebstrap, for one, takes its files away first.
end_group() {
  kill -TERM -- "-$1" 2>/dev/null || true
  wait_until 30 'Ending what was started' group_is_gone "$1" || kill -KILL -- "-$1" 2>/dev/null || true
}

group_is_gone() { ! kill -0 -- "-$1" 2>/dev/null; }
