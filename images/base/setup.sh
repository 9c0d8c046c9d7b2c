#!/bin/sh
set -eu
cd "$(dirname "$0")"

# shellcheck source=images/base/runtimes.sh
. ./runtimes.sh
install_node
install_bun
install_uv

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
