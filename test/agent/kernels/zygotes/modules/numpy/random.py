"""Has a state that is made when it is imported, as numpy's old generator has."""

import os


def seed():
    global state
    state = os.urandom(16).hex()


seed()
