#!/bin/sh
# Every Python package compiles its own files, one after the other, when it is installed. Here that is put off until
# setup.sh does it for all of them on all processors; and their test suites, a quarter of the image, stay out.
set -eu
dpkg-divert --local --rename --divert /usr/bin/py3compile.real /usr/bin/py3compile
ln -s /bin/true /usr/bin/py3compile
echo 'path-exclude=/usr/lib/python3/dist-packages/*/tests/*' >/etc/dpkg/dpkg.cfg.d/cubby-without-tests
