"""Claims about sandboxes that are frozen for a while."""
from datetime import timedelta

from opensandbox.exceptions import SandboxApiException
from opensandbox.models.execd import RunCommandOpts
from opensandbox.models.sandboxes import SandboxFilter

from claims import Claims, done, equal, raises

claims = Claims()


@claims("a sandbox is paused with all that runs in it, and goes on where it was")
async def _(world):
    sandbox = await world.create(metadata={"project": f"{world.project}-pause"})
    started = await done(sandbox.commands.run("exec sleep 1000", opts=RunCommandOpts(background=True)))
    await done(sandbox.pause())
    equal((await done(sandbox.get_info())).status.state, "Paused")
    equal(await done(sandbox.is_healthy()), False)
    listed = await done(world.manager.list_sandbox_infos(SandboxFilter(states=["Paused"], metadata={"project": f"{world.project}-pause"})))
    equal([info.id for info in listed.sandbox_infos], [sandbox.id])
    await done(sandbox.close())
    cls = world.methods.seen("Sandbox", world.sdk.Sandbox)
    often = timedelta(milliseconds=50)
    again = await done(
        cls.resume(sandbox.id, connection_config=world.config(), health_check_polling_interval=often)
    )
    equal((await done(again.get_info())).status.state, "Running")
    equal((await done(again.commands.get_command_status(started.id))).running, True)
    equal((await done(again.commands.run("echo there"))).text, "there")

    await done(world.manager.pause_sandbox(again.id))
    error = await raises(SandboxApiException, lambda: world.manager.pause_sandbox(again.id))
    equal((error.status_code, error.error.code), (409, "DOCKER::SANDBOX_NOT_RUNNING"))
    await done(world.manager.resume_sandbox(again.id))
    error = await raises(SandboxApiException, lambda: world.manager.resume_sandbox(again.id))
    equal((error.status_code, error.error.code), (409, "DOCKER::SANDBOX_NOT_PAUSED"))
    await done(again.destroy())
