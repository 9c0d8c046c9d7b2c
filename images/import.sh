# shellcheck shell=bash
# Making an image out of a root file system. Sourced.

# read_changes FILE sets CHANGES to the arguments that give an image the Dockerfile instructions of FILE (comments
# and empty lines left out) and the content label. For `docker import` and `docker commit`.
read_changes() {
  local line
  CHANGES=(--change "LABEL cubby.content=$CONTENT")
  while IFS= read -r line; do
    case $line in '' | '#'*) ;; *) CHANGES+=(--change "$line") ;; esac
  done <"$1"
}

# import_tar FILE makes an image of one layer out of the tar archive on standard input, with the instructions of
# FILE, and prints its id. The caller names it when everything went well, so that an archive that breaks off never
# becomes an image that looks whole.
import_tar() {
  local CHANGES
  read_changes "$1"
  docker import "${CHANGES[@]}" -
}
