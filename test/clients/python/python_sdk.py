"""
Claims about the Python SDKs: python_sdk.py sync|async direct|proxied

The server is the one of OPEN_SANDBOX_DOMAIN, with the key of OPEN_SANDBOX_API_KEY.
"""
import logging
import sys

from claims import tell
from flavours import flavours
from methods import Methods
from sdk import (
    code,
    commands,
    egress,
    environment,
    files,
    identity,
    isolation,
    lifecycle,
    metadata,
    metrics,
    pauses,
    pools,
    sessions,
    snapshots,
    templates,
)
from world import World

PARTS = [
    lifecycle,
    metadata,
    commands,
    environment,
    sessions,
    files,
    identity,
    metrics,
    code,
    isolation,
    pauses,
    snapshots,
    templates,
    egress,
    pools,
]

# Methods that no claim calls, by the reason.
EXCEPTIONS = {
    "not there yet": """
        Sandbox.get_diagnostic_events Sandbox.get_diagnostic_logs SandboxManager.get_diagnostic_events
        SandboxManager.get_diagnostic_logs diagnostics.get_events diagnostics.get_logs
        Sandbox.diagnostics
    """,
}


async def main(world):
    if not await tell("a sandbox is created, and can be used when that has returned", world.open()):
        return
    for part in PARTS:
        await part.claims.check(world)
    await tell("the sandbox is ended, and with it all it held", world.close())
    await tell("no method of the SDK was left out", nothing_left_out(world.methods))


async def nothing_left_out(methods):
    missed, wrong = methods.missed({name for names in EXCEPTIONS.values() for name in names.split()})
    if missed:
        raise AssertionError(f"not called: {', '.join(missed)}")
    if wrong:
        raise AssertionError(f"called, or no method at all: {', '.join(wrong)}")


if __name__ == "__main__":
    # Refusals are part of the claims; the SDK logs each with its traceback.
    logging.disable(logging.CRITICAL)
    _, flavour, way = sys.argv
    world = World(flavours[flavour], Methods(), proxied=way == "proxied", project=f"{flavour}-{way}")
    world.sdk.run(main(world))
