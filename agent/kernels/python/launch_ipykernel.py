"""Starts IPython's kernel as a sandbox wants it: sooner, and without losing output. Its arguments are ipykernel's own."""

import array
import codecs
import collections
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
import time

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
    import zmq
    from ipykernel.iostream import IOPubThread, OutStream
    from ipykernel.kernelapp import IPKernelApp
    from jupyter_client.jsonutil import json_clean, json_default
except ImportError as error:
    print(f"ipykernel cannot be imported: {error}", file=sys.stderr)
    sys.exit(69)  # EX_UNAVAILABLE of sysexits.h: the agent knows it by this


# How much of what a kernel says waits for the agent to take it. Then who says it waits, as a program does whose pipe is full:
# else a cell that prints faster than anybody reads would fill the sandbox's memory.
MESSAGES_MOST = 128
CHARACTERS_MOST = 64 * 1024
BYTES_MOST = 8 * 1024 * 1024

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
        # ZeroMQ would drop what it publishes once so many messages wait, the end of a cell among them.
        context.sndhwm = MESSAGES_MOST
        context.setsockopt(zmq.XPUB_NODROP, 1)
        super().init_iopub(context)
        # Between threads nothing is dropped, and nothing may wait.
        context.sndhwm = 0
        if sends_in_order:
            send_in_order(self.iopub_thread)

    def init_kernel(self):
        super().init_kernel()
        # A short cell would write four lines for debugging that are then thrown away: log-level says only what is shown.
        self.log.setLevel(logging.ERROR)
        # It goes to another thread and back for each cell, to see whether a debugger has asked for something.
        self.kernel._flush_control_queue = nothing_to_do


async def nothing_to_do():
    pass


sends_in_order = hasattr(IOPubThread, "_really_send")
write_at_once = OutStream.write
flush_always = OutStream.flush


def send_in_order(thread):
    """Sends at once what the thread that sends has to say itself, which ipykernel puts behind the end of its cell, but only after what
    others have said before. Those wait while too much is on its way."""
    owner = os.getpid()
    queue = collections.deque()
    room = threading.Condition()
    waiting = 0

    def send_waiting():
        nonlocal waiting
        while queue:
            parts, args, kwargs, size = queue.popleft()
            try:
                thread._really_send(parts, *args, **kwargs)
            finally:
                with room:
                    waiting -= size
                    room.notify_all()

    def send_multipart(parts, *args, **kwargs):
        nonlocal waiting
        if threading.get_ident() == thread.thread.ident:
            send_waiting()
            thread._really_send(parts, *args, **kwargs)
        elif os.getpid() != owner:
            # A fork that a cell has made: it has a copy of the queue, and no such thread.
            thread._really_send(parts, *args, **kwargs)
        else:
            size = sum(map(len, parts))
            with room:
                room.wait_for(lambda: waiting == 0 or waiting + size <= BYTES_MOST)
                waiting += size
                queue.append((parts, args, kwargs, size))
            thread.schedule(send_waiting)

    thread.send_multipart = send_multipart


def write_in_parts(stream, text):
    """Takes the place of OutStream.write, which keeps any amount in one piece until a fifth of a second has passed."""
    waiting = getattr(stream, "_cubby_waiting", 0)
    if not isinstance(text, str) or len(text) + waiting < CHARACTERS_MOST:
        written = write_at_once(stream, text)
        stream._cubby_waiting = waiting + written
        return written
    for start in range(0, len(text), CHARACTERS_MOST):
        write_at_once(stream, text[start : start + CHARACTERS_MOST])
        stream._cubby_waiting = 0
        stream.flush()
    return len(text)


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
    OutStream._watch_pipe_fd = watch_descriptor
    OutStream.write = write_in_parts
    # Both or neither: what is on its way is in no buffer any more, and has to come before what follows.
    if sends_in_order and hasattr(OutStream, "_rotate_buffers"):
        OutStream.flush = flush
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
    run(prepare(), sys.argv[1:])
