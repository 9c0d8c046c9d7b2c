"""Where matplotlib keeps what it knows of fonts."""

import atexit
import os
import shutil
import tempfile


def lend_place():
    """Where a user's directory can only be read, matplotlib makes a list of all fonts at each first plot, and says so. Here it gets the
    list that is there, in a place that it can write to."""
    home = os.path.expanduser("~")
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.join(home, ".cache")
    config = os.environ.get("XDG_CONFIG_HOME") or os.path.join(home, ".config")
    places = [os.path.join(place, "matplotlib") for place in (cache, config)]
    if "MPLCONFIGDIR" in os.environ or all(can_be_made(place) for place in places):
        return
    try:
        os.environ["MPLCONFIGDIR"] = directory = tempfile.mkdtemp(prefix="matplotlib-")
        owner = os.getpid()
        atexit.register(lambda: os.getpid() == owner and shutil.rmtree(directory, ignore_errors=True))
        for name in os.listdir(places[0]):
            shutil.copy(os.path.join(places[0], name), directory)
    except OSError:
        pass  # then matplotlib does what it would have done


def can_be_made(path):
    while not os.path.exists(path) and os.path.dirname(path) != path:
        path = os.path.dirname(path)
    return os.access(path, os.W_OK)
