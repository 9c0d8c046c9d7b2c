"""Claims about bash sessions."""
from datetime import timedelta

from opensandbox.exceptions import SandboxApiException

from claims import Claims, done, equal, raises

claims = Claims()


@claims("a session is a shell that goes on: directory, functions and variables are still there")
async def _(world):
    commands = world.sandbox.commands
    session = await done(commands.create_session(working_directory="/usr"))
    first = "kept=here; greet() { echo \"$1 and $kept\"; }; cd lib; pwd"
    equal((await done(commands.run_in_session(session, first))).text, "/usr/lib")
    run = await done(commands.run_in_session(session, "greet hello; pwd; (exit 5)"))
    equal((run.text, run.exit_code), ("hello and here\n/usr/lib", 5))
    seen = []

    async def on_stdout(message):
        seen.append(message.text)

    elsewhere = await done(
        commands.run_in_session(
            session, "pwd", working_directory="/tmp", handlers=world.sdk.handlers(on_stdout=on_stdout)
        )
    )
    equal((seen, elsewhere.exit_code), (["/tmp\n"], 0))
    await done(commands.delete_session(session))
    error = await raises(SandboxApiException, lambda: commands.run_in_session(session, "true"))
    equal(error.status_code, 404)


@claims("a run that takes too long ends, and the session is still good")
async def _(world):
    commands = world.sandbox.commands
    session = await done(commands.create_session())
    slow = await done(commands.run_in_session(session, "kept=1; sleep 1000", timeout=timedelta(seconds=5)))
    assert slow.exit_code not in (0, None), slow
    equal((await done(commands.run_in_session(session, "echo $kept"))).text, "1")
    await done(commands.delete_session(session))
