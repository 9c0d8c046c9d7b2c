"""Which methods of a client a program has called. The client itself stays as it is: only what a program holds of it is wrapped."""
import re


class Methods:
    """Public methods by name, as `Sandbox.pause`, and those that were called through a `Seen`."""

    def __init__(self):
        self._known = set()
        self._called = set()

    def seen(self, name, thing, **inside):
        """A client's object or class whose calls are noted under `name`; `inside` names what its properties lead to."""
        cls = thing if isinstance(thing, type) else type(thing)
        self._known.update(f"{name}.{attribute}" for attribute in dir(cls) if _is_method(cls, attribute))
        return Seen(thing, lambda attribute: self._called.add(f"{name}.{attribute}"), self, inside)

    def missed(self):
        """Methods that were not called."""
        return sorted(self._known - self._called)

    def untold(self, page):
        """Methods that a page, with names between backticks, doesn't name: `Sandbox.pause`, or `pause` behind another one."""
        told = {name for quoted in re.findall(r"`([^`]+)`", page) for name in quoted.split()}
        return sorted(name for name in self._known if name not in told and name.split(".")[1] not in told)


class Seen:
    """Stands for a client's object, and notes what is asked of it."""

    def __init__(self, thing, note, methods, inside):
        self.thing = thing
        self._note = note
        self._methods = methods
        self._inside = inside

    def __getattr__(self, attribute):
        self._note(attribute)
        value = getattr(self.thing, attribute)
        name = self._inside.get(attribute)
        return value if name is None else self._methods.seen(name, value)

    def __call__(self, *given, **named):
        return self.thing(*given, **named)


def _is_method(cls, attribute):
    return not attribute.startswith("_") and (
        callable(getattr(cls, attribute)) or isinstance(getattr(cls, attribute), property)
    )
