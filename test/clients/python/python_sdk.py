"""
Claims about the Python SDKs: python_sdk.py sync|async direct|proxied

The server is the one of OPEN_SANDBOX_DOMAIN, with the key of OPEN_SANDBOX_API_KEY.
"""
import logging
import sys

from claims import tell
from flavours import flavours
from methods import Methods
from sdk import code, commands, environment, files, identity, lifecycle, metrics, pools, sessions
from world import World

PARTS = [lifecycle, commands, environment, sessions, files, identity, metrics, code, pools]

# Methods that no claim calls, and why.
EXCEPTIONS: dict[str, str] = {}


async def main(world):
    if not await tell("a sandbox is created, and can be used when that has returned", world.open()):
        return
    for part in PARTS:
        await part.claims.check(world)
    await tell("the sandbox is ended, and with it all it held", world.close())
    await tell("no method of the SDK was left out", nothing_left_out(world.methods))


async def nothing_left_out(methods):
    missed, wrong = methods.missed(EXCEPTIONS)
    if missed:
        raise AssertionError(f"not called: {', '.join(missed)}")
    if wrong:
        raise AssertionError(f"called, or no method at all: {', '.join(wrong)}")


if __name__ == "__main__":
    # Refusals are part of the claims; the SDK logs each with its traceback.
    logging.disable(logging.CRITICAL)
    methods = Methods()
    methods.watch()
    world = World(sdk=flavours[sys.argv[1]], methods=methods, proxied=sys.argv[2] == "proxied")
    world.sdk.run(main(world))
