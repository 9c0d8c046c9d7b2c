# shellcheck shell=bash
# Whether an image on the engine was made from what the checkout holds now. Sourced.
# An image carries the hash of everything it was made from as the label cubby.content. The packages of a mirror
# are not part of it: build with --force to take in newer ones.

# content_of PATH... prints one hash over the names and bytes of all files below the given paths, the machine's
# architecture, and the settings that change what comes out.
content_of() {
  {
    printf '%s\n' "$(uname -m)" "${BASE_IMAGE:-}" "${CUBBY_SUITE:-}"
    find "$@" -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum
  } | sha256sum | cut -d ' ' -f 1
}

# content_label IMAGE prints the hash an image carries; nothing when there is no such image.
content_label() {
  docker image inspect --format '{{index .Config.Labels "cubby.content"}}' "$1" 2>/dev/null || true
}

# image_size IMAGE prints its size in MB.
image_size() {
  docker image inspect --format '{{.Size}}' "$1" | awk '{printf "%.1f MB", $1 / 1e6}'
}
