#!/usr/bin/env bash
# Builds the images sandboxes are made of.
#
#   images/build.sh python|interpreter|jupyter|base|busybox|named-user|debian|control [--tag NAME:TAG] [--force]
#   images/build.sh all-test [--force]     what the tests need: busybox, named-user, python, interpreter, jupyter
#
# An image that is already there, made from the same inputs, is left alone (--force builds it again). Settings:
#   BASE_IMAGE        an image with Debian or Ubuntu to start from, instead of making a root file system
#   CUBBY_SUITE       the Debian release, trixie by default
#   CUBBY_APT_MIRROR  where its packages come from, such as http://deb.debian.org/debian; this machine's own mirror
#                     by default, if it runs Debian
#   npm's and pip's own settings (NPM_CONFIG_REGISTRY, PIP_INDEX_URL, ...) say where `base` gets its runtimes.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
. ./progress.sh
. ./content.sh
. ./import.sh

usage() {
  sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//p}' build.sh >&2
  exit 2
}

image=${1:-}
[ -n "$image" ] || usage
shift
tag='' force=''
while (($#)); do
  case $1 in
    --tag) tag=${2:?--tag needs a name} && shift 2 ;;
    --force) force=--force && shift ;;
    *) usage ;;
  esac
done

if [ "$image" = all-test ]; then
  [ -z "$tag" ] || fail 2 '--tag is for one image.'
  for one in busybox named-user python interpreter jupyter; do ./build.sh "$one" ${force:+"$force"}; done
  exit
fi
[ -f "$image/recipe.sh" ] || fail 2 "There is no image called \"$image\" here."
command -v docker >/dev/null || fail 3 'The docker command is missing. images/engine.sh --tools installs it.'

# A recipe sets INPUTS (what the content label covers) and DEFAULT_TAG, and defines build, which prints the id of the
# image it made. What it may have to ask for comes before that, in prepare.
prepare() { :; }
# shellcheck source=/dev/null
. "./$image/recipe.sh"
TAG=${tag:-$DEFAULT_TAG}
CONTENT=$(content_of "${INPUTS[@]}")
# Two at once (a test run beside a demonstration) would do the same work twice. The second finds it done.
exec 9<"$image/recipe.sh"
if command -v flock >/dev/null; then
  flock --nonblock 9 || { say "Waiting for another build of $image." && flock 9; }
fi
if [ -z "$force" ] && [ "$(content_label "$TAG")" = "$CONTENT" ]; then
  say "$TAG is up to date ($(image_size "$TAG"))."
  exit
fi

WORK=$(mktemp -d "${TMPDIR:-/tmp}/cubby-image.XXXXXX")
clean_up() {
  # A build that failed may leave an image without a name: made of the part of an archive that did arrive.
  [ -n "${built:-}" ] || docker image prune --force --filter "label=cubby.content=$CONTENT" >/dev/null 2>&1 || true
  rm -rf "$WORK"
}
trap clean_up EXIT
# apt downloads as the user _apt, and a build may run as a mapped user: both must be able to look in.
chmod 755 "$WORK"
prepare
build_to_file() { build >"$WORK/id"; }
step "$TAG" build_to_file 9<&-
old=$(docker image inspect --format '{{.Id}}' "$TAG" 2>/dev/null || true)
built=$(cat "$WORK/id")
docker tag "$built" "$TAG"
# What had the name before goes if it has no other name and no container uses it.
if [ -n "$old" ] && [ "$(docker image inspect --format '{{len .RepoTags}}' "$old" 2>/dev/null)" = 0 ]; then
  docker image rm "$old" >/dev/null 2>&1 || true
fi
say "$TAG: $(image_size "$TAG")"
