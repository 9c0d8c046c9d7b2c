"""Claims about snapshots."""
import asyncio
import time

from opensandbox.exceptions import SandboxApiException
from opensandbox.models.sandboxes import SnapshotFilter

from claims import Claims, done, equal, raises

claims = Claims()


async def ready(world, snapshot):
    """The snapshot when it is made."""
    deadline = time.monotonic() + 120
    while (now := await done(world.manager.get_snapshot(snapshot.id))).status.state == "Creating":
        assert time.monotonic() < deadline, now
        time.sleep(0.05) if world.sdk.blocking else await asyncio.sleep(0.05)
    equal(now.status.state, "Ready")
    return now


@claims("a sandbox is made of another’s snapshot, with its files, and the snapshot goes when it is deleted")
async def _(world):
    source = await world.create()
    await done(source.files.write_file("/root/kept", "from before"))
    snapshot = await done(source.create_snapshot("by-the-sandbox"))
    equal((snapshot.sandbox_id, snapshot.name), (source.id, "by-the-sandbox"))
    await ready(world, snapshot)
    other = await ready(world, await done(world.manager.create_snapshot(source.id)))
    await done(source.destroy())

    of_source = SnapshotFilter(sandbox_id=source.id, states=["Ready"], page=1, page_size=10)
    page = await done(world.manager.list_snapshots(of_source))
    equal([found.id for found in page.snapshot_infos], [other.id, snapshot.id])
    copy = await world.create(snapshot_id=snapshot.id)
    equal(await done(copy.files.read_file("/root/kept")), "from before")
    info = await done(copy.get_info())
    equal((info.snapshot_id, info.image), (snapshot.id, None))
    await done(copy.destroy())

    for each in [snapshot, other]:
        await done(world.manager.delete_snapshot(each.id))
    equal((await done(world.manager.list_snapshots(of_source))).snapshot_infos, [])
    error = await raises(SandboxApiException, lambda: world.manager.get_snapshot(snapshot.id))
    equal((error.status_code, error.error.code), (404, "SNAPSHOT::NOT_FOUND"))
