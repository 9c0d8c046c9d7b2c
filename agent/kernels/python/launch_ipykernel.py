"""Starts IPython's kernel as a sandbox wants it: sooner, and without losing output. Its arguments are ipykernel's own."""

import array
import codecs
import faulthandler
import fcntl
import gc
import json
import logging
import os
import select
import sys
import termios
import threading

# Importing makes much and throws little away: looking for garbage meanwhile takes a sixth of the start.
gc.disable()

# What a cell imports is the user's, not what lies beside this file.
here = os.path.dirname(os.path.abspath(__file__))
sys.path[:] = [path for path in sys.path if os.path.abspath(path or os.curdir) != here]

# Debugger and completion take a third of the time to import, and nothing here asks for them. Cells can still import them.
unneeded = [name for name in ("debugpy", "jedi") if name not in sys.modules]
for name in unneeded:
    sys.modules[name] = None
try:
    from ipykernel.iostream import IOPubThread, OutStream
    from ipykernel.kernelapp import IPKernelApp
    from jupyter_client.jsonutil import json_clean, json_default
except ImportError as error:
    print(f"ipykernel cannot be imported: {error}", file=sys.stderr)
    sys.exit(69)  # EX_UNAVAILABLE of sysexits.h: the agent knows it by this


class KernelApp(IPKernelApp):
    def init_iopub(self, context):
        # ZeroMQ drops what it publishes once 1000 messages wait for the subscriber, the end of a cell among them.
        context.sndhwm = 0
        super().init_iopub(context)

    def init_kernel(self):
        super().init_kernel()
        # A short cell would write four lines for debugging that are then thrown away: log-level says only what is shown.
        self.log.setLevel(logging.ERROR)
        # It goes to another thread and back for each cell, to see whether a debugger has asked for something.
        self.kernel._flush_control_queue = nothing_to_do


async def nothing_to_do():
    pass


send_from_any = IOPubThread.send_multipart
flush_always = OutStream.flush


def send_multipart(thread, *args, **kwargs):
    """In the thread that sends, sends at once: put behind what waits there already, output could come after the end of its cell."""
    if threading.get_ident() == thread.thread.ident:
        thread._really_send(*args, **kwargs)
    else:
        send_from_any(thread, *args, **kwargs)


def flush(stream):
    """ipykernel flushes six times in a cell, which goes to another thread and back: a third of a short cell's time for nothing."""
    if stream._buffers:
        flush_always(stream)


drains = []


def watch_descriptor(stream):
    """Brings what C code and subprocesses write to descriptor 1 or 2 into the stream.

    It takes the place of ipykernel's own watch, which ends at bytes that are no UTF-8, so that a subprocess that goes
    on writing hangs, and which may come to what a cell has written only after the cell is over.
    """
    pipe = stream._fid
    decode = codecs.getincrementaldecoder("utf-8")("replace").decode
    reading = threading.Lock()
    os.set_blocking(pipe, False)

    def take(limit):
        try:
            data = os.read(pipe, limit)
        except BlockingIOError:
            return -1
        if text := decode(data):
            stream.write(text)
        if stream.name == "stderr":
            os.write(stream._original_stdstream_copy, data)
        return len(data)

    def drain():
        waiting = array.array("i", [0])
        with reading:
            fcntl.ioctl(pipe, termios.FIONREAD, waiting)
            left = waiting[0]
            while left > 0 and (taken := take(left)) > 0:
                left -= taken

    drains.append(drain)
    while select.select([pipe], [], []) and stream._should_watch:
        with reading:
            if take(65536) == 0:
                return


def drain_descriptors():
    for drain in drains:
        drain()


def pack_any_text(pack):
    """Half characters have no UTF-8: a message with one would never be sent, and all that it says would be lost."""

    def packed(message):
        try:
            return pack(message)
        except UnicodeEncodeError:
            return json.dumps(json_clean(message), default=json_default).encode()

    return packed


def run(arguments):
    """Runs the kernel to its end. Where the process is a fork this is the first that is its own."""
    # A crash tells its stack on the descriptor that the sandbox keeps: ipykernel puts a pipe of its own in place of 2.
    faulthandler.enable(file=open(os.dup(2), "w", closefd=False), all_threads=False)
    arguments = [
        *arguments,
        # Writing history to a database takes a third of the time of a short cell.
        "--HistoryManager.enabled=False",
        # A pause for output that is late: here it is waited for in another way.
        "--IPythonKernel._execute_sleep=0",
        # No greeting for a terminal: a kernel with a parent has none, and 1 is a parent that is not watched.
        "--IPKernelApp.parent_handle=1",
        "--log-level=ERROR",
    ]
    # A cell that reads its arguments, as argparse does, finds none, not the kernel's.
    sys.argv = [""]
    OutStream._watch_pipe_fd = watch_descriptor
    # Both or neither: what is on its way is in no buffer any more, and has to come before what follows.
    if hasattr(IOPubThread, "_really_send") and hasattr(OutStream, "_rotate_buffers"):
        IOPubThread.send_multipart = send_multipart
        OutStream.flush = flush
    app = KernelApp.instance()
    app.initialize(arguments)
    app.session.pack = pack_any_text(app.session.pack)
    app.shell.events.register("post_execute", drain_descriptors)
    for name in unneeded:
        if sys.modules.get(name, name) is None:
            del sys.modules[name]
    # What is there by now stays, and need not be looked at each time when cells make garbage.
    gc.freeze()
    gc.enable()
    app.start()


if __name__ == "__main__":
    run(sys.argv[1:])
