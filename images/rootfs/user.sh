# shellcheck shell=sh
# The ordinary user of a sandbox, and the folder it works in. Runs in the new system.
useradd --create-home --uid 1000 --user-group --shell /bin/bash user
install -d -o user -g user /workspace
