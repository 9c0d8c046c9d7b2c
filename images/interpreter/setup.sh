#!/bin/sh
set -eu
cd "$(dirname "$0")"
# shellcheck source=images/base/runtimes.sh
. ./runtimes.sh
install_node
install_uv

# `pip install` is the first thing that most notebooks do.
rm -f /usr/lib/python3*/EXTERNALLY-MANAGED

# The second place is where older versions of the protocol's clients look.
install -D -m 755 code-interpreter.sh /opt/code-interpreter/code-interpreter.sh
install -D -m 644 code-interpreter-env.sh /opt/code-interpreter/code-interpreter-env.sh
install -D -m 644 notebook-port.py /opt/code-interpreter/notebook-port.py
mkdir -p /opt/opensandbox
ln -s ../code-interpreter/code-interpreter.sh /opt/opensandbox/code-interpreter.sh

# Debian's own kernelspec for R doesn't know what the kernel can do.
install -m 644 r-kernel.json /usr/share/jupyter/kernels/ir/kernel.json
