#!/bin/sh
set -eu
cd "$(dirname "$0")"

# unpack ARCHIVE DIRECTORY PATH... puts the named parts of an npm package there.
unpack() {
  archive=$1 directory=$2
  shift 2
  mkdir -p "$directory"
  tar --extract --gzip --file "$archive" --directory "$directory" --strip-components=1 --no-same-owner "$@"
}

# The headers are for addons that compile when they are installed: no download from elsewhere is needed then.
unpack runtimes/node.tgz /usr/local package/bin package/include
find /usr/local/include/node/openssl/archs -mindepth 1 -maxdepth 1 ! -name "linux-$(uname -m)" -exec rm -r {} +
unpack runtimes/npm.tgz /usr/local/lib/node_modules/npm
ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm
ln -s ../lib/node_modules/npm/bin/npx-cli.js /usr/local/bin/npx
unpack runtimes/bun.tgz /usr/local package/bin/bun
ln -s bun /usr/local/bin/bunx
unzip -q -j runtimes/uv.whl '*/scripts/uv' '*/scripts/uvx' -d /usr/local/bin
chmod 755 /usr/local/bin/node /usr/local/bin/bun /usr/local/bin/uv /usr/local/bin/uvx \
  /usr/local/lib/node_modules/npm/bin/npm-cli.js /usr/local/lib/node_modules/npm/bin/npx-cli.js

# Debian had to rename two programs that everybody calls by their own names.
ln -s /usr/bin/fdfind /usr/local/bin/fd
ln -s /usr/bin/batcat /usr/local/bin/bat

printf '%s UTF-8\n' en_US.UTF-8 zh_CN.UTF-8 >>/etc/locale.gen
locale-gen

# This system's Python is the user's own: `pip install` may write to it, or as an ordinary user beside it.
rm -f /usr/lib/python3*/EXTERNALLY-MANAGED

# shellcheck source=images/rootfs/user.sh
. ./user.sh

# Without being root, `npm install -g` puts programs where `pip install` does, too.
echo 'prefix=/home/user/.local' >/home/user/.npmrc
chown user:user /home/user/.npmrc
