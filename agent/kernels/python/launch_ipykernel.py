"""Starts IPython's kernel as a sandbox wants it: sooner, and without losing output. Its arguments are ipykernel's own."""

import faulthandler
import gc
import logging
import os
import sys
import time

# Importing makes much and throws little away: looking for garbage meanwhile takes a sixth of the start.
gc.disable()

here = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, here)

# Debugger and completion take a third of the time to import, and nothing here asks for them. Cells can still import them.
unneeded = [name for name in ("debugpy", "jedi") if name not in sys.modules]
for name in unneeded:
    sys.modules[name] = None
try:
    import cubby_figures
    import cubby_outputs
    from ipykernel.kernelapp import IPKernelApp
except ImportError as error:
    print(f"ipykernel cannot be imported: {error}", file=sys.stderr)
    sys.exit(69)  # EX_UNAVAILABLE of sysexits.h: the agent knows it by this
# What a cell imports is the user's, not what lies beside this file.
sys.path[:] = [path for path in sys.path if os.path.abspath(path or os.curdir) != here]


# What every kernel is told.
SETTINGS = [
    # Writing history to a database takes a third of the time of a short cell.
    "--HistoryManager.enabled=False",
    # A pause for output that is late: here it is waited for in another way.
    "--IPythonKernel._execute_sleep=0",
    # No greeting for a terminal: a kernel with a parent has none, and 1 is a parent that is not watched.
    "--IPKernelApp.parent_handle=1",
    "--log-level=ERROR",
]


class KernelApp(IPKernelApp):
    def parse_command_line(self, argv=None):
        # Looking for all that could be said takes a tenth of the start, and mostly no more is said than which file to use.
        if argv is not SETTINGS and len(argv) == 2 and argv[0] == "-f":
            self.connection_file = argv[1]
        else:
            super().parse_command_line(argv)

    def init_iopub(self, context):
        cubby_outputs.lossless(context)
        super().init_iopub(context)
        # Between threads nothing is dropped, and nothing may wait.
        context.sndhwm = 0
        if cubby_outputs.sends_in_order:
            cubby_outputs.send_in_order(self.iopub_thread)

    def init_kernel(self):
        super().init_kernel()
        # A short cell would write four lines for debugging that are then thrown away: log-level says only what is shown.
        self.log.setLevel(logging.ERROR)
        # It goes to another thread and back for each cell, to see whether a debugger has asked for something.
        self.kernel._flush_control_queue = nothing_to_do


async def nothing_to_do():
    pass


def prepare():
    """Does what has to be done once for all that are forked afterwards."""
    app = KernelApp.instance()
    app.parse_command_line(SETTINGS)
    share_parser()
    return app


def share_parser():
    """The magics for scripts are all described by the same parser, which each would make for itself."""
    try:
        from IPython.core import magic_arguments
        from IPython.core.magics.script import ScriptMagics

        construct, parsers = magic_arguments.construct_parser, {}

        def construct_once(function):
            if function.__qualname__ != "ScriptMagics._make_script_magic.<locals>.named_script_magic":
                return construct(function)
            name = function.__name__
            return parsers.get(name) or parsers.setdefault(name, construct(function))

        magic_arguments.construct_parser = construct_once
        ScriptMagics(None)
    except Exception:  # It is another IPython.
        pass


def own_place():
    """What keeps the directory or the environment that it found at its start."""
    time.tzset()
    if process := sys.modules.get("multiprocessing.process"):
        process.ORIGINAL_DIR = os.getcwd()


def move(directory, gone, changed):
    """For a kernel that was forked to wait: it is wanted now, there and with that in its environment."""
    os.chdir(directory)
    for name in gone:
        os.environ.pop(name, None)
    os.environ.update(changed)
    own_place()
    KernelApp.instance().shell.user_ns["_dh"][:] = [directory]


def run(app, arguments):
    """Runs the kernel to its end. Where the process is a fork this is the first that is its own."""
    # A crash tells its stack on the descriptor that the sandbox keeps: ipykernel puts a pipe of its own in place of 2.
    faulthandler.enable(file=open(os.dup(2), "w", closefd=False), all_threads=False)
    # A cell that reads its arguments, as argparse does, finds none, not the kernel's.
    sys.argv = [""]
    cubby_outputs.change_streams()
    cubby_figures.lend_place()
    app.initialize(arguments)
    app.session.pack = cubby_outputs.pack_any_text(app.session.pack)
    app.shell.events.register("post_execute", cubby_outputs.drain_descriptors)
    for name in unneeded:
        if sys.modules.get(name, name) is None:
            del sys.modules[name]
    # What is there by now stays, and need not be looked at each time when cells make garbage.
    gc.freeze()
    gc.enable()
    app.start()


if __name__ == "__main__":
    run(prepare(), sys.argv[1:])
