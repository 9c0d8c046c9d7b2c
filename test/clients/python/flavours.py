"""The two flavours of the Python SDKs under the same names, so that a claim is written once and holds for both."""
import asyncio
from dataclasses import dataclass
from typing import Any, Callable

import opensandbox
from code_interpreter import CodeInterpreter, CodeInterpreterSync
from opensandbox.config import ConnectionConfig, ConnectionConfigSync
from opensandbox.models.execd import ExecutionHandlers
from opensandbox.models.execd_sync import ExecutionHandlersSync

from claims import run_blocking


@dataclass(frozen=True)
class Flavour:
    """Classes of one flavour, and how its claims are run."""

    run: Callable[[Any], Any]
    Sandbox: type
    Manager: type
    Interpreter: type
    Pool: type
    PoolStore: type
    PoolManager: type
    Config: type
    Handlers: type
    blocking: bool

    def handlers(self, **functions):
        """Handlers of events; each is a coroutine function whatever the flavour."""
        if not self.blocking:
            return self.Handlers(**functions)
        return self.Handlers(**{name: _blocking(function) for name, function in functions.items()})


def _blocking(function):
    return lambda *given: run_blocking(function(*given))


flavours = {
    "sync": Flavour(
        run=run_blocking,
        Sandbox=opensandbox.SandboxSync,
        Manager=opensandbox.SandboxManagerSync,
        Interpreter=CodeInterpreterSync,
        Pool=opensandbox.SandboxPoolSync,
        PoolStore=opensandbox.InMemoryPoolStateStore,
        PoolManager=opensandbox.SandboxPoolManagerSync,
        Config=ConnectionConfigSync,
        Handlers=ExecutionHandlersSync,
        blocking=True,
    ),
    "async": Flavour(
        run=asyncio.run,
        Sandbox=opensandbox.Sandbox,
        Manager=opensandbox.SandboxManager,
        Interpreter=CodeInterpreter,
        Pool=opensandbox.SandboxPoolAsync,
        PoolStore=opensandbox.InMemoryAsyncPoolStateStore,
        PoolManager=opensandbox.SandboxPoolManagerAsync,
        Config=ConnectionConfig,
        Handlers=ExecutionHandlers,
        blocking=False,
    ),
}
