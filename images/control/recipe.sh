# shellcheck shell=bash disable=SC2034 # the variables are for the script that sources this
# The image cubby/control. Sourced by ../build.sh. Needs an installed checkout (npm ci) and an agent pack (npm run build).
INPUTS=(../package.json ../package-lock.json ../control ../shared . ../.pack/current/)
DEFAULT_TAG=cubby/control:latest
CONTROL_BASE=${BASE_IMAGE:-cubby/debian:${CUBBY_SUITE:-trixie}}

[ -d ../.pack/current/ ] || fail 3 'There is no agent pack yet: npm run build'
[ -x ../node_modules/.bin/node ] || fail 3 'The dependencies are not installed: npm ci'

prepare() { [ -n "${BASE_IMAGE:-}" ] || ./build.sh debian; }

build() {
  control_context >"$WORK/context.tar"
  DOCKER_BUILDKIT=${DOCKER_BUILDKIT:-0} docker build --file images/control/Dockerfile --iidfile "$WORK/built" \
    --build-arg "BASE_IMAGE=$CONTROL_BASE" --label "cubby.content=$CONTENT" - <"$WORK/context.tar" >&2
  cat "$WORK/built"
}

# control_context writes the part of the checkout that control runs from, in the checkout's own layout.
control_context() {
  (
    cd ..
    {
      printf '%s\n' package.json control shared images .pack/current ".pack/$(readlink .pack/current)" node_modules/.bin/node
      production_packages
    } | tar --create --owner=0 --group=0 --exclude 'node_modules/node-linux-*/include' --files-from -
  )
}

# production_packages prints the folders of the packages that run, as opposed to those that only build or test.
production_packages() {
  npm ls --omit=dev --all --parseable 2>/dev/null |
    sed -n "s|^$PWD/\(node_modules/.*\)|\1|p" | grep -v '/node_modules/' | sort -u
}
