#!/bin/bash
# The entrypoint that clients of OpenSandbox's code interpreter ask for. There it starts a server of kernels; here the
# agent starts a kernel when the first cell comes, so all that is left is to say which runtimes there are not, to be found
# where clients look for that server, and to stay.
set -u
here=$(dirname "$(readlink -f "$0")")

for language in python java node go; do
  wanted=${language^^}_VERSION
  # shellcheck source=images/interpreter/code-interpreter-env.sh
  [ -z "${!wanted:-}" ] || . "$here/code-interpreter-env.sh" "$language" "${!wanted}" || true
done
python3 -IS "$here/notebook-port.py" &
exec sleep infinity
