"""
Claims about the Python SDKs: python_sdk.py sync|async direct|proxied

The server is the one of OPEN_SANDBOX_DOMAIN, with the key of OPEN_SANDBOX_API_KEY.
"""
import logging
import sys
from pathlib import Path

from claims import equal, tell
from flavours import flavours
from methods import Methods
from sdk import (
    code,
    commands,
    diagnostics,
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
    volumes,
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
    volumes,
    diagnostics,
    pools,
]


async def main(world):
    if not await tell("a sandbox is created, and can be used when that has returned", world.open()):
        return
    for part in PARTS:
        await part.claims.check(world)
    await tell("the sandbox is ended, and with it all it held", world.close())
    await tell("no method of the SDK was left out", nothing_left_out(world.methods))
    await tell("docs/opensandbox.md tells of every method", all_told(world.methods))


async def nothing_left_out(methods):
    equal(methods.missed(), [])


async def all_told(methods):
    page = Path(__file__).parents[3] / "docs/opensandbox.md"
    equal(methods.untold(page.read_text()), [])


if __name__ == "__main__":
    # Refusals are part of the claims; the SDK logs each with its traceback.
    logging.disable(logging.CRITICAL)
    _, flavour, way = sys.argv
    world = World(flavours[flavour], Methods(), proxied=way == "proxied", project=f"{flavour}-{way}")
    world.sdk.run(main(world))
