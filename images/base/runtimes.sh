# shellcheck shell=sh
# Puts what fetch.sh got (the folder `runtimes`) into the new system. Sourced by a setup.sh, in its own folder.

# unpack ARCHIVE DIRECTORY PATH... puts the named parts of an npm package there.
unpack() {
  archive=$1 directory=$2
  shift 2
  mkdir -p "$directory"
  tar --extract --gzip --file "$archive" --directory "$directory" --strip-components=1 --no-same-owner "$@"
}

# The headers are for addons that compile when they are installed: no download from elsewhere is needed then.
install_node() {
  unpack runtimes/node.tgz /usr/local package/bin package/include
  find /usr/local/include/node/openssl/archs -mindepth 1 -maxdepth 1 ! -name "linux-$(uname -m)" -exec rm -r {} +
  unpack runtimes/npm.tgz /usr/local/lib/node_modules/npm
  ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm
  ln -s ../lib/node_modules/npm/bin/npx-cli.js /usr/local/bin/npx
  chmod 755 /usr/local/bin/node /usr/local/lib/node_modules/npm/bin/npm-cli.js /usr/local/lib/node_modules/npm/bin/npx-cli.js
}

install_bun() {
  unpack runtimes/bun.tgz /usr/local package/bin/bun
  ln -s bun /usr/local/bin/bunx
  chmod 755 /usr/local/bin/bun
}

# A wheel is an archive that any Python unpacks.
install_uv() {
  python3 -m zipfile --extract runtimes/uv.whl runtimes/uv
  install -m 755 runtimes/uv/*/scripts/uv runtimes/uv/*/scripts/uvx /usr/local/bin
}
