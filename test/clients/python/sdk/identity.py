"""Claims about files that are touched as another user."""
from opensandbox.exceptions import SandboxApiException

from claims import Claims, done, equal, raises

claims = Claims()


@claims("files are touched with another user’s rights, and no more")
async def _(world):
    theirs = world.sandbox.files_with_identity(1000, 1000)
    await done(theirs.write_file("/tmp/theirs", "mine"))
    info = await done(world.sandbox.files.get_file_info(["/tmp/theirs"]))
    equal((info["/tmp/theirs"].owner, info["/tmp/theirs"].group), ("user", "user"))
    equal(await done(theirs.read_file("/tmp/theirs")), "mine")
    for forbidden in [lambda: theirs.read_file("/etc/shadow"), lambda: theirs.write_file("/etc/theirs", "x")]:
        error = await raises(SandboxApiException, forbidden)
        equal(error.status_code, 403)
    await done(world.sandbox.files.with_identity(1000, 1000).delete_files(["/tmp/theirs"]))
