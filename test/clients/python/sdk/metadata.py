"""Claims about metadata."""
from opensandbox.exceptions import SandboxApiException

from claims import Claims, done, equal, raises

claims = Claims()


@claims("metadata is patched: set, changed and taken out, by the sandbox and by the manager")
async def _(world):
    info = await done(world.sandbox.patch_metadata({"team": "blue", "tier": "1"}))
    equal(info.metadata, {"project": world.project, "team": "blue", "tier": "1"})
    info = await done(world.manager.patch_sandbox_metadata(world.sandbox.id, {"team": "red", "tier": None}))
    equal(info.metadata, {"project": world.project, "team": "red"})
    error = await raises(SandboxApiException, lambda: world.sandbox.patch_metadata({"opensandbox.io/x": "1"}))
    equal((error.status_code, error.error.code), (400, "SANDBOX::INVALID_METADATA_LABEL"))
    await done(world.sandbox.patch_metadata({"team": None}))
    equal((await done(world.sandbox.get_info())).metadata, {"project": world.project})
