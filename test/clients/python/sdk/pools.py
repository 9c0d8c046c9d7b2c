"""Claims about pools of sandboxes, which the SDK keeps itself."""
import asyncio
import time
from datetime import timedelta

from opensandbox import PoolCreationSpec
from opensandbox.exceptions import PoolNotRunningException

from claims import Claims, done, equal, raises
from world import SMALL_IMAGE

claims = Claims()


async def idle(world, pool, count):
    """Waits until the pool has so many sandboxes ready."""
    deadline = time.monotonic() + 120
    while (await done(pool.snapshot())).idle_count != count:
        if time.monotonic() > deadline:
            raise AssertionError(f"waited in vain for {count} idle: {await done(pool.snapshot())}")
        # The pool works in threads, or in tasks of this loop.
        time.sleep(0.02) if world.sdk.blocking else await asyncio.sleep(0.02)


@claims("a pool keeps sandboxes warm, hands them out, fills up again and leaves nothing behind")
async def _(world):
    store = world.sdk.PoolStore()
    made = world.sdk.Pool(
        pool_name="warm",
        max_idle=2,
        state_store=store,
        connection_config=world.config(),
        creation_spec=PoolCreationSpec(
            image=SMALL_IMAGE,
            resource={"cpu": "1", "memory": "128Mi"},
            metadata={"project": f"{world.project}-pool"},
        ),
        warmup_health_check_polling_interval=timedelta(milliseconds=50),
    )
    pool = world.methods.seen("SandboxPool", made)
    await done(pool.start())
    await idle(world, pool, 2)
    equal(len(await done(pool.snapshot_idle_entries())), 2)
    taken = await done(pool.acquire(timedelta(minutes=3)))
    equal((await done(taken.commands.run("echo warm"))).text, "warm")
    await done(taken.destroy())
    await idle(world, pool, 2)
    await done(pool.resize(1))
    equal(await done(pool.release_all_idle()), 2)
    await idle(world, pool, 1)
    await done(pool.resize(0))
    released = await done(pool.release_all_idle_parallel())
    assert released, released
    await done(pool.shutdown())
    await raises(PoolNotRunningException, pool.acquire)
    manager = world.sdk.PoolManager(state_store=store, connection_config=world.config())
    result = await done(world.methods.seen("SandboxPoolManager", manager).destroy("warm"))
    equal((result.state.name, result.persistent_state_cleared), ("DESTROYED", True))
