"""Imports what a kernel needs once, and forks a kernel of it whenever the agent asks: zygote.py SOCKET INIT [MODULE]..."""

import os
import socket
import sys

# From here on requests may wait, while all that takes time is imported.
address, init, *preloads = sys.argv[1:]
listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
listener.bind(address)
listener.listen(64)

# An isolated interpreter doesn't look beside its program. Importing this undoes it.
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import launch_ipykernel  # first of all, as it leaves out what takes long  # isort: skip
import ctypes
import fcntl
import functools
import gc
import importlib
import json
import select
import signal
import site
import warnings

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
libc = ctypes.CDLL(None, use_errno=True)

# Seconds and bytes that a request may take.
PATIENCE = 10
REQUEST_MOST = 8 * 1024 * 1024

# Where `init run --child` looks for the kernel's output.
CHILD_OUT, CHILD_ERRORS = 3, 4


def prctl(option, value):
    if libc.prctl(option, value, 0, 0, 0) < 0:
        raise OSError(ctypes.get_errno(), f"prctl({option})")


def fork():
    with warnings.catch_warnings():
        # Of threads that do not live on in the child: libraries for arithmetic see to theirs.
        warnings.simplefilter("ignore")
        return os.fork()


def age(place):
    try:
        stat = os.stat(place)
    except OSError:
        return None
    return stat.st_ino, stat.st_mtime_ns


def imported_from():
    """What has to stay as it is for a fork to be what a new interpreter would be: directories of packages, and the interpreter."""
    files = [getattr(module, "__file__", None) or "" for module in list(sys.modules.values())]
    places = [place for place in sys.path if any(file.startswith(place + "/") for file in files)]
    users = [site.getusersitepackages()] if site.ENABLE_USER_SITE else []
    return {place: age(place) for place in [*places, *users, os.path.realpath(sys.executable)]}


def settle():
    """What is there now is shared: looking for garbage among it, or giving its memory back later, would take it apart."""
    global known
    gc.collect()
    gc.freeze()
    if hasattr(libc, "malloc_trim"):
        libc.malloc_trim(0)
    # What has changed since the first look is never taken for what was imported.
    known = {**imported_from(), **known}


def receive(connection):
    connection.settimeout(PATIENCE)
    data = bytearray()
    while not data.endswith(b"\n"):
        part = connection.recv(1 << 20)
        if not part or len(data) > REQUEST_MOST:
            raise OSError("not a request")
        data += part
    connection.settimeout(None)
    return json.loads(data)


def has_gone(connection):
    """The agent has found another way while this was busy."""
    try:
        return connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
    except BlockingIOError:
        return False


def serve():
    """Answers one request. In the fork that is to be the kernel it returns the arguments of that, else nothing."""
    connection, _ = listener.accept()
    with connection:
        try:
            request = receive(connection)
            if has_gone(connection):
                return None
            # A fork would mix what was there before packages were installed or removed with what is there now.
            if any(age(place) != before for place, before in known.items()):
                connection.sendall(b"stale\n")
                sys.exit(0)
            if fork() > 0:
                return None
        except (OSError, ValueError):
            return None
        try:
            return make(request, connection)
        except BaseException as error:
            if isinstance(error, OSError) and error.filename == request["cwd"]:
                connection.sendall(f"chdir: {error.strerror}\n".encode())
            # Nothing of the zygote's may run twice.
            os._exit(1)


def make(request, connection):
    """In a process of its own: forks the kernel and becomes its runner, which outlives zygote and agent."""
    listener.close()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.chdir(request["cwd"])
    # Python itself sets this one where it was started without a locale.
    locale = {name: os.environ[name] for name in ("LC_CTYPE",) if name in os.environ}
    os.environ.clear()
    os.environ.update({**locale, **request["env"]})
    # Before there is anybody who could leave a child behind.
    prctl(PR_SET_CHILD_SUBREAPER, 1)
    out, errors = os.pipe(), os.pipe()
    runner = os.getpid()
    kernel = fork()
    if kernel > 0:
        become_runner(request, kernel, [out[0], errors[0], connection.fileno()])
    os.setsid()
    # Whoever ends the runner ends the kernel: nobody else would know of it.
    prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != runner:
        os._exit(1)
    connection.close()
    os.dup2(out[1], 1)
    os.dup2(errors[1], 2)
    for fd in (*out, *errors):
        os.close(fd)
    own_identity()
    return request["argv"]


def become_runner(request, kernel, descriptors):
    high = [fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 10) for fd in descriptors]
    for fd, place in zip([*high, high[2]], [CHILD_OUT, CHILD_ERRORS, 1, 2]):
        os.dup2(fd, place)
    options = ["--child", str(kernel), "--dir", request["dir"], "--ring", str(request["ring"])]
    os.execv(init, [init, "run", *options])


def own_identity():
    """What all forks would have in common. Python itself sees to `random`, `secrets`, `tempfile` and `uuid`."""
    if process := sys.modules.get("multiprocessing.process"):
        process.current_process().authkey = os.urandom(32)
    if numpy_random := sys.modules.get("numpy.random"):
        numpy_random.seed()
    launch_ipykernel.own_place()


def reap(*_):
    try:
        while os.waitpid(-1, os.WNOHANG)[0] > 0:
            pass
    except ChildProcessError:
        pass


def preload(name):
    try:
        importlib.import_module(name)
    except BaseException as error:  # whatever a module does when it is imported
        print(f"{name} could not be imported: {type(error).__name__}: {error}", file=sys.stderr, flush=True)


def serve_for_ever():
    """Returns in forks only: with the arguments of the kernel that it is."""
    for step in (settle, *(functools.partial(preload, name) for name in preloads), settle):
        # Nobody waits for what serves the next only.
        while select.select([listener], [], [], 0)[0]:
            if kernel := serve():
                return kernel
        step()
    while True:
        if kernel := serve():
            return kernel


signal.signal(signal.SIGCHLD, reap)
# As ipykernel does, and matplotlib looks at it when it is imported.
os.environ.setdefault("MPLBACKEND", "module://matplotlib_inline.backend_inline")
known = {}
app = launch_ipykernel.prepare()
launch_ipykernel.run(app, serve_for_ever())
