"""Runs one handler in AWS Lambda's form, for Python 3.8 and newer: `python3 -u handler.py SPEC RESULT`.

The handler's word goes into the file RESULT and nowhere near the standard streams, which are the user's. The file is written last of
all, from its first byte on, and the process ends with it: whatever was written there before is gone.
"""
import time

BEGAN = time.monotonic()

import atexit  # noqa: E402
import importlib.util  # noqa: E402
import inspect  # noqa: E402
import json  # noqa: E402
import os  # noqa: E402
import sys  # noqa: E402
import traceback  # noqa: E402


class Fault(Exception):
    """What AWS's own runtime says of a handler that can't be called, or whose value can't be told."""

    def __init__(self, kind, message, trace=()):
        super().__init__(message)
        self.kind, self.trace = "Runtime." + kind, list(trace)


class LambdaContext:
    """The second argument of a handler, with the names that AWS gives its properties."""

    def __init__(self, context, deadline):
        self.function_name = context["functionName"]
        self.function_version = context["functionVersion"]
        self.invoked_function_arn = context["invokedFunctionArn"]
        self.memory_limit_in_mb = context["memoryLimitInMB"]
        self.aws_request_id = context["awsRequestId"]
        self.log_group_name = context["logGroupName"]
        self.log_stream_name = context["logStreamName"]
        self.identity = None
        self.client_context = None
        self._deadline = deadline

    def get_remaining_time_in_millis(self):
        return max(0, self._deadline - int(time.time() * 1000))

    def __repr__(self):
        return "LambdaContext(aws_request_id=%s, function_name=%s)" % (self.aws_request_id, self.function_name)


class Encoder(json.JSONEncoder):
    """Decimals are numbers, as AWS has them."""

    def default(self, o):
        import decimal

        if isinstance(o, decimal.Decimal) and o.is_finite():
            return int(o) if o == o.to_integral_value() else float(o)
        return super().default(o)


def load(spec):
    """The handler, from the code that the module of its name is made of."""
    name, function, path = spec["module"], spec["function"], spec["file"]
    if name in sys.builtin_module_names:
        raise Fault("BuiltInModuleConflict", "Cannot use built-in module %s as a handler module" % name)
    found = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(found)
    sys.modules.setdefault(name, module)
    try:
        found.loader.exec_module(module)
    except ImportError as error:
        raise Fault("ImportModuleError", "Unable to import module '%s': %s" % (name, error))
    except SyntaxError as error:
        trace = ['  File "%s" Line %s\n    %s' % (error.filename, error.lineno, error.text)]
        raise Fault("UserCodeSyntaxError", "Syntax error in module '%s': %s" % (name, error), trace)
    handler = getattr(module, function, None)
    if handler is None:
        raise Fault("HandlerNotFound", "Handler '%s' missing on module '%s'" % (function, name))
    if not callable(handler):
        raise Fault("HandlerNotFound", "Handler '%s' on module '%s' is not a function" % (function, name))
    return handler


def takes_context(handler):
    """Whether it can be called with two arguments. What can't be looked at can."""
    try:
        inspect.signature(handler).bind(None, None)
    except TypeError:
        return False
    except ValueError:
        pass
    return True


def call(handler, event, context):
    value = handler(event, context) if takes_context(handler) else handler(event)
    if inspect.iscoroutine(value):
        import asyncio

        value = asyncio.run(value)
    return value


def text_of(value):
    try:
        return json.dumps(value, cls=Encoder, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise Fault("MarshalError", "Unable to marshal response: %s" % error)


def told(error):
    """An error in AWS's shape, without the frames of this file."""
    if isinstance(error, Fault):
        return {"errorMessage": str(error), "errorType": error.kind, "stackTrace": error.trace}
    frames = traceback.extract_tb(error.__traceback__)
    while frames and frames[0].filename in (__file__, "<frozen importlib._bootstrap>", "<frozen importlib._bootstrap_external>"):
        frames.pop(0)
    return {
        "errorMessage": str(error),
        "errorType": type(error).__name__,
        "stackTrace": traceback.format_list(frames),
    }


def show(error):
    words = error["errorType"] + ": " + error["errorMessage"]
    trace = "".join(["Traceback (most recent call last):\n"] + error["stackTrace"]) if error["stackTrace"] else ""
    sys.stderr.write("[ERROR] %s\n%s" % (words, trace))


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        spec = json.load(file)
    result = os.open(sys.argv[2], os.O_WRONLY | getattr(os, "O_CLOEXEC", 0))
    sys.argv[:] = [spec["file"]]
    sys.path[0] = os.getcwd()
    answer = {}
    ready = None
    try:
        handler = load(spec)
        ready = time.monotonic()
        value = call(handler, spec["event"], LambdaContext(spec["context"], spec["deadline"]))
        over = time.monotonic()
        answer["value"] = text_of(value)
    except Exception as error:
        over = time.monotonic()
        answer["error"] = told(error)
        show(answer["error"])
    answer["initMs"] = ((ready or over) - BEGAN) * 1000
    answer["durationMs"] = (over - ready) * 1000 if ready else 0
    # What the user's code does at its end is done before its word counts.
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except Exception:
            pass
    data = json.dumps(answer).encode()
    os.lseek(result, 0, os.SEEK_SET)
    written = 0
    while written < len(data):
        written += os.write(result, data[written:])
    os.ftruncate(result, len(data))
    os._exit(1 if "error" in answer else 0)


main()
