"""Claims about sessions that are isolated from each other within one sandbox."""
from opensandbox.exceptions import SandboxApiException
from opensandbox.models.isolated import CreateIsolatedSessionRequest, IsolatedWorkspaceSpec

from claims import Claims, done, equal, raises

claims = Claims()


@claims("who asks whether there are isolated sessions is told that there are none, and why")
async def _(world):
    capabilities = await done(world.sandbox.isolation.capabilities())
    equal(capabilities.available, False)
    assert "sandbox of their own" in capabilities.message, capabilities


@claims("who doesn’t ask is refused, and no session runs without being isolated")
async def _(world):
    isolation = world.sandbox.isolation
    request = CreateIsolatedSessionRequest(workspace=IsolatedWorkspaceSpec(path="/tmp"))

    async def in_a_block():
        if world.sdk.blocking:
            with isolation.session(request):
                pass
        else:
            async with isolation.session(request):
                pass

    for call in [
        lambda: isolation.create(request),
        lambda: isolation.attach("some-id"),
        isolation.list,
        lambda: isolation.run_once("id", workspace="/tmp"),
        in_a_block,
    ]:
        error = await raises(SandboxApiException, call, "sandbox of their own")
        equal(error.status_code, 501)
