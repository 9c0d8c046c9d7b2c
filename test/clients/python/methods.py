"""Which methods of a client a program has called, seen from outside: the client itself stays as it is."""
import inspect
import sys
import threading


class Methods:
    """Watches calls from `watch` on. Classes are added when they are known: a service's class is an internal of the SDK."""

    def __init__(self):
        self._codes = {}
        self._called = set()
        self._known = set()

    def add(self, name, cls):
        """Adds every public method and property of a class, as `name.method`."""
        if name in self._known:
            return
        self._known.add(name)
        for attribute in dir(cls):
            if attribute.startswith("_"):
                continue
            code = _code_of(inspect.getattr_static(cls, attribute))
            if code is not None:
                self._codes.setdefault(code, set()).add(f"{name}.{attribute}")

    def watch(self):
        """From now on calls are seen, in this thread and in those to come."""
        called = self._called.add

        def see(frame, event, _):
            if event == "call":
                called(frame.f_code)

        threading.setprofile(see)
        sys.setprofile(see)

    def missed(self, exceptions):
        """Methods that were not called and are not among `exceptions`; and exceptions that were called, or are no methods."""
        names = {name for names in self._codes.values() for name in names}
        called = {name for code, names in self._codes.items() if code in self._called for name in names}
        return sorted(names - called - set(exceptions)), sorted(set(exceptions) & called | set(exceptions) - names)


def _code_of(attribute):
    if isinstance(attribute, (classmethod, staticmethod)):
        attribute = attribute.__func__
    if isinstance(attribute, property):
        attribute = attribute.fget
    return getattr(inspect.unwrap(attribute), "__code__", None) if callable(attribute) else None
