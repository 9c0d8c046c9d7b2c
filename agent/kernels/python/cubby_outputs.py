"""How a kernel says what its cells say: in order, whatever bytes it is, and no faster than it is taken."""

import array
import codecs
import collections
import fcntl
import json
import os
import select
import termios
import threading

import zmq
from ipykernel.iostream import IOPubThread, OutStream
from jupyter_client.jsonutil import json_clean, json_default

# How much of what a kernel says waits for the agent to take it. Then who says it waits, as a program does whose pipe is full:
# else a cell that prints faster than anybody reads would fill the sandbox's memory.
MESSAGES_MOST = 128
CHARACTERS_MOST = 64 * 1024
BYTES_MOST = 8 * 1024 * 1024

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
        stream._cubby_waiting = waiting + len(text)
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


def change_streams():
    """Before there are any."""
    OutStream._watch_pipe_fd = watch_descriptor
    OutStream.write = write_in_parts
    # Both or neither: what is on its way is in no buffer any more, and has to come before what follows.
    if sends_in_order and hasattr(OutStream, "_rotate_buffers"):
        OutStream.flush = flush


def lossless(context):
    """For sockets that the context makes from now on: ZeroMQ would drop what is published once so many messages wait, the end of a cell
    among them."""
    context.sndhwm = MESSAGES_MOST
    context.setsockopt(zmq.XPUB_NODROP, 1)
