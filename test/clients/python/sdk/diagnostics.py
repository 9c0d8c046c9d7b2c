"""Claims about what helps who looks for a fault."""
from opensandbox.exceptions import SandboxApiException

from claims import Claims, done, equal, raises

claims = Claims()


@claims("what the entrypoint said and what happened to a sandbox are told, by each of three names")
async def _(world):
    sandbox = await world.create(entrypoint=["sh", "-c", "echo the entrypoint spoke; exec sleep 1000"])
    try:
        for logs in [
            await done(sandbox.get_diagnostic_logs("container")),
            await done(sandbox.diagnostics.get_logs(sandbox.id, "container")),
            await done(world.manager.get_diagnostic_logs(sandbox.id, "container")),
        ]:
            equal((logs.sandbox_id, logs.kind, logs.scope, logs.delivery), (sandbox.id, "logs", "container", "inline"))
            assert "the entrypoint spoke" in logs.content, logs
        for events in [
            await done(sandbox.get_diagnostic_events("lifecycle")),
            await done(sandbox.diagnostics.get_events(sandbox.id, "lifecycle")),
            await done(world.manager.get_diagnostic_events(sandbox.id, "lifecycle")),
        ]:
            equal((events.kind, events.truncated), ("events", False))
            assert "Running" in events.content or "running" in events.content, events
        error = await raises(SandboxApiException, lambda: sandbox.get_diagnostic_logs("no such scope"))
        equal((error.status_code, error.error.code), (400, "DIAGNOSTICS_SCOPE_UNSUPPORTED"))
    finally:
        await done(sandbox.destroy())
