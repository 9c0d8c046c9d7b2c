"""Starts IPython's kernel as a sandbox wants it: sooner, and without losing output. Its arguments are ipykernel's own."""

import faulthandler
import gc
import os
import sys

# Importing makes much and throws little away: looking for garbage meanwhile takes a sixth of the start.
gc.disable()

# What a cell imports is the user's, not what lies beside this file.
here = os.path.dirname(os.path.abspath(__file__))
sys.path[:] = [path for path in sys.path if os.path.abspath(path or os.curdir) != here]

# A crash tells its stack on the descriptor that the sandbox keeps: ipykernel puts a pipe of its own in place of 2.
faulthandler.enable(file=open(os.dup(2), "w", closefd=False), all_threads=False)

# Debugger and completion take a third of the time to import, and nothing here asks for them. Cells can still import them.
unneeded = [name for name in ("debugpy", "jedi") if name not in sys.modules]
for name in unneeded:
    sys.modules[name] = None
try:
    from ipykernel.kernelapp import IPKernelApp
except ImportError as error:
    print(f"ipykernel cannot be imported: {error}", file=sys.stderr)
    sys.exit(69)  # EX_UNAVAILABLE of sysexits.h: the agent knows it by this


class KernelApp(IPKernelApp):
    def init_iopub(self, context):
        # ZeroMQ drops what it publishes once 1000 messages wait for the subscriber, the end of a cell among them.
        context.sndhwm = 0
        super().init_iopub(context)


if __name__ == "__main__":
    arguments = [
        *sys.argv[1:],
        # Writing history to a database takes a third of the time of a short cell.
        "--HistoryManager.enabled=False",
        # No greeting for a terminal: a kernel with a parent has none, and 1 is a parent that is not watched.
        "--IPKernelApp.parent_handle=1",
        "--log-level=ERROR",
    ]
    # A cell that reads its arguments, as argparse does, finds none, not the kernel's.
    sys.argv = [""]
    app = KernelApp.instance()
    app.initialize(arguments)
    for name in unneeded:
        if sys.modules.get(name, name) is None:
            del sys.modules[name]
    # What is there by now stays, and need not be looked at each time when cells make garbage.
    gc.freeze()
    gc.enable()
    app.start()
