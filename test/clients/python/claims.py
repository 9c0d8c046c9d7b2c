"""What a program of this folder shows: claims, each checked in turn and told to test/support/python-clients.ts."""
import inspect
import json
import sys
import traceback

# A line of a program's output that is meant for the test and not for people.
MARK = "\x1eclaim "


class Claims:
    """Claims in the order in which they were written down."""

    def __init__(self):
        self._claims = []

    def __call__(self, text):
        """Decorates the coroutine function that checks a claim; it is called with whatever `check` was given."""

        def register(body):
            self._claims.append((text, body))
            return body

        return register

    async def check(self, *given):
        """Checks every claim and tells how each went. A claim that fails doesn't keep the next from being checked."""
        for text, body in self._claims:
            await tell(text, body(*given))


async def tell(text, checking):
    """Awaits a check and prints a line that says how it went. True when it went well."""
    try:
        await checking
    except Exception as error:
        told = "".join(traceback.format_exception(error, limit=-8, chain=False))
        print(MARK + json.dumps({"claim": text, "error": told[:8000]}), flush=True)
        return False
    print(MARK + json.dumps({"claim": text}), flush=True)
    return True


def equal(actual, expected):
    """Fails with both values in its message."""
    if actual != expected:
        raise AssertionError(f"expected {expected!r}\n     got {actual!r}")


async def done(value):
    """What a call gives in the end: the asyncio clients give something to await, the blocking ones the thing itself."""
    return await value if inspect.isawaitable(value) else value


async def listed(stream):
    """Everything that an iterator of either kind gives."""
    if hasattr(stream, "__aiter__"):
        return [item async for item in stream]
    return list(stream)


async def raises(expected, call, *parts):
    """Awaits a call that has to fail with an `expected` whose text has all `parts` in it, and returns the exception."""
    try:
        await done(call())
    except expected as error:
        for part in parts:
            if part not in str(error):
                raise AssertionError(f"expected {part!r} in: {error}") from error
        return error
    raise AssertionError(f"expected {expected.__name__}, and nothing was raised")


def run_blocking(coroutine):
    """Runs claims over a blocking client, as a program without an event loop does. Returns what the coroutine returns."""
    try:
        coroutine.send(None)
    except StopIteration as end:
        return end.value
    coroutine.close()
    sys.exit("a claim awaited something that is not there without an event loop")
