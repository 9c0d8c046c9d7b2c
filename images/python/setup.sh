#!/bin/sh
set -eu
cd "$(dirname "$0")"
rm /usr/bin/py3compile
dpkg-divert --local --rename --remove /usr/bin/py3compile
# With this left in place, compiling a package that is installed later would look for tests that are not there.
rm /etc/dpkg/dpkg.cfg.d/cubby-without-tests
echo "compiling the Python packages" >&2
# A kernel starts three times as fast with bytecode, and a sandbox may not be able to write its own.
python3 -m compileall -q -j 0 /usr/lib/python3/dist-packages "$(python3 -c 'import sysconfig; print(sysconfig.get_path("stdlib"))')"

# shellcheck source=images/rootfs/user.sh
. ./user.sh

# Matplotlib looks for a missing glyph in the next family of this list. The second one stays in place when a program
# sets font.sans-serif, as those written for other systems' Chinese fonts do.
cat matplotlibrc >>/etc/matplotlibrc

# Matplotlib's list of fonts, made once here and not at every user's first plot.
python3 -c 'import matplotlib.font_manager'
setpriv --reuid=1000 --regid=1000 --clear-groups env HOME=/home/user python3 -c 'import matplotlib.font_manager'
