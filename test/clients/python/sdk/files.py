"""Claims about files."""
import io

from opensandbox.exceptions import SandboxApiException
from opensandbox.models.filesystem import (
    ContentReplaceEntry,
    DirectoryListEntry,
    MoveEntry,
    SearchEntry,
    SetPermissionEntry,
    WriteEntry,
)

from claims import Claims, done, equal, listed, raises

claims = Claims()

ROOT = "/tmp/sdk"
NAME = f"{ROOT}/wörter „ä“.txt"


@claims("text and bytes are written with their mode, and read whole, in part, by line and as a stream")
async def _(world):
    files = world.sandbox.files
    await done(files.write_file(NAME, "eins\nzwei\ndrei\n", mode=640))
    equal(await done(files.read_file(NAME)), "eins\nzwei\ndrei\n")
    equal(await done(files.read_file(NAME, range_header="bytes=5-8")), "zwei")
    equal(await done(files.read_file(NAME, offset=2, limit=1)), "zwei")
    everything = bytes(range(256)) * 1000
    await done(
        files.write_files(
            [
                WriteEntry(path=f"{ROOT}/bytes", data=everything),
                WriteEntry(path=f"{ROOT}/stream", data=io.BytesIO(everything), mode=600),
                WriteEntry(path=f"{ROOT}/empty", data=b""),
                WriteEntry(path=f"{ROOT}/latin", data="é", encoding="latin-1"),
            ]
        )
    )
    equal(await done(files.read_bytes(f"{ROOT}/bytes")), everything)
    parts = await listed(await done(files.read_bytes_stream(f"{ROOT}/stream", chunk_size=4096)))
    equal((len(parts) > 1, b"".join(parts)), (True, everything))
    equal(await done(files.read_bytes(f"{ROOT}/empty")), b"")
    equal(await done(files.read_file(f"{ROOT}/latin", encoding="latin-1")), "é")


@claims("what is known of files comes back by path")
async def _(world):
    info = await done(world.sandbox.files.get_file_info([NAME, ROOT]))
    equal(sorted(info), sorted([NAME, ROOT]))
    file, directory = info[NAME], info[ROOT]
    equal((file.entry_type, file.size, file.mode, file.owner), ("file", 15, 640, "root"))
    equal(directory.entry_type, "directory")
    assert file.modified_at.tzinfo is not None
    error = await raises(SandboxApiException, lambda: world.sandbox.files.get_file_info([f"{ROOT}/none"]))
    equal((error.status_code, error.error.code), (404, "FILE_NOT_FOUND"))


@claims("directories are made, listed to a depth and searched by pattern")
async def _(world):
    files = world.sandbox.files
    await done(files.create_directories([WriteEntry(path=f"{ROOT}/a/b", mode=750), WriteEntry(path=f"{ROOT}/c")]))
    await done(files.write_file(f"{ROOT}/a/b/deep.py", "pass"))
    one = await done(files.list_directory(DirectoryListEntry(path=ROOT)))
    equal([entry.path for entry in one if entry.entry_type == "directory"], [f"{ROOT}/a", f"{ROOT}/c"])
    deep = await done(files.list_directory(DirectoryListEntry(path=f"{ROOT}/a", depth=2)))
    equal([(entry.path, entry.mode) for entry in deep][:1], [(f"{ROOT}/a/b", 750)])
    found = await done(files.search(SearchEntry(path=ROOT, pattern="*.py")))
    equal([entry.path for entry in found], [f"{ROOT}/a/b/deep.py"])


@claims("files are moved, made another’s, changed inside, and removed")
async def _(world):
    files = world.sandbox.files
    await done(files.move_files([MoveEntry(source=f"{ROOT}/a/b/deep.py", destination=f"{ROOT}/new/shallow.py")]))
    path = f"{ROOT}/new/shallow.py"
    await done(files.set_permissions([SetPermissionEntry(path=path, owner="user", group="user", mode=600)]))
    info = (await done(files.get_file_info([path])))[path]
    equal((info.owner, info.group, info.mode), ("user", "user", 600))
    change = ContentReplaceEntry(path=path, old_content="pass", new_content="pass # pass")
    await done(files.replace_contents([change]))
    counts = await done(files.replace_contents_detailed([change]))
    equal([(result.path, result.replaced_count) for result in counts], [(path, 2)])
    equal(await done(files.read_file(path)), "pass # pass # pass # pass")
    await done(files.delete_files([path, f"{ROOT}/never-was"]))
    await done(files.delete_directories([ROOT]))
    error = await raises(SandboxApiException, lambda: files.read_file(NAME))
    equal(error.status_code, 404)
