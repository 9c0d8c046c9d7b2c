"""Claims about commands."""
from datetime import timedelta

from opensandbox.exceptions import SandboxApiException
from opensandbox.models.execd import RunCommandOpts

from claims import Claims, done, equal, raises

claims = Claims()


def texts(messages):
    return [message.text for message in messages]


@claims("a command’s output, of both kinds, and its exit code come back")
async def _(world):
    run = await done(world.sandbox.commands.run('echo "$GREETING"; echo trouble >&2; exit 7'))
    equal((texts(run.logs.stdout), texts(run.logs.stderr), run.exit_code), (["hello\n"], ["trouble\n"], 7))
    equal(run.error.name, "CommandExecError")
    good = await done(world.sandbox.commands.run("printf 'no end of line'"))
    equal((good.text, good.exit_code, good.error), ("no end of line", 0, None))
    assert good.id and good.complete is not None


@claims("the texts of a command’s output are, put together, what it put out: empty lines, Unicode’s own ends, a megabyte in one")
async def _(world):
    script = "print('a\\n\\nb\\u2028c\\u0085d'); print('x' * 1000000)"
    run = await done(world.sandbox.commands.run(["python3", "-c", script]))
    equal("".join(texts(run.logs.stdout)), "a\n\nb\u2028c\u0085d\n" + "x" * 1000000 + "\n")


@claims("a list of words runs without a shell, byte for byte")
async def _(world):
    words = ["$GREETING", "*", "two words", "", "-c", "it's"]
    run = await done(world.sandbox.commands.run(["python3", "-c", "import sys; print(sys.argv[1:])", *words]))
    equal(run.text, repr(words))
    missing = await done(world.sandbox.commands.run(["there-is-no-such-program"]))
    assert missing.error is not None, missing


@claims("directory, variables, user and time-out are as asked for")
async def _(world):
    opts = RunCommandOpts(working_directory="/usr/lib", envs={"EXTRA": "a b"}, uid=1000, gid=1000)
    run = await done(world.sandbox.commands.run('pwd; echo "$EXTRA"; id -u; id -g', opts=opts))
    equal(run.text, "/usr/lib\na b\n1000\n1000")
    slow = await done(
        world.sandbox.commands.run("echo begun; exec sleep 1000", opts=RunCommandOpts(timeout=timedelta(seconds=5)))
    )
    equal((slow.text, slow.exit_code), ("begun", -1))
    nowhere = lambda: world.sandbox.commands.run("true", opts=RunCommandOpts(working_directory="/nowhere"))  # noqa: E731
    error = await raises(SandboxApiException, nowhere)
    equal((error.status_code, error.error.code), (400, "WORKING_DIRECTORY_NOT_FOUND"))


@claims("handlers are told of each event while the command runs")
async def _(world):
    seen = []

    async def on_init(event):
        seen.append(("init", bool(event.id)))

    async def on_stdout(message):
        seen.append(("stdout", message.text))
        # The command would wait for ever if its first line came only at the end.
        if message.text == "first\n":
            await done(world.sandbox.files.write_file("/tmp/go", "go"))

    async def on_stderr(message):
        seen.append(("stderr", message.text))

    async def on_error(error):
        seen.append(("error", error.value))

    async def on_complete(_):
        seen.append(("complete", True))

    handlers = world.sdk.handlers(
        on_init=on_init,
        on_stdout=on_stdout,
        on_stderr=on_stderr,
        on_error=on_error,
        on_execution_complete=on_complete,
    )
    handlers.skip_accumulation = True
    command = "rm -f /tmp/go; echo first; while [ ! -e /tmp/go ]; do sleep 0.01; done; echo second >&2"
    run = await done(world.sandbox.commands.run(command, handlers=handlers))
    equal(seen, [("init", True), ("stdout", "first\n"), ("stderr", "second\n"), ("complete", True)])
    equal(run.logs.stdout, [])
    seen.clear()
    await done(world.sandbox.commands.run("exit 3", handlers=handlers))
    equal(seen, [("init", True), ("error", "3")])


@claims("a command in the background is followed by status and logs, piece by piece, and interrupted")
async def _(world):
    commands = world.sandbox.commands
    run = await done(commands.run("echo one; echo two >&2; exec sleep 1000", opts=RunCommandOpts(background=True)))
    status = await done(commands.get_command_status(run.id))
    equal((status.running, status.exit_code), (True, None))
    seen, cursor = "", None
    while len(seen) < len("one\ntwo\n"):
        logs = await done(commands.get_background_command_logs(run.id, cursor))
        seen, cursor = seen + logs.content, logs.cursor
    equal(sorted(seen.split()), ["one", "two"])
    await done(commands.interrupt(run.id))
    status = await done(commands.get_command_status(run.id))
    equal(status.running, False)
    assert status.exit_code != 0 and status.finished_at >= status.started_at, status
    logs = await done(commands.get_background_command_logs(run.id, cursor))
    equal(logs.content, "")


@claims("a command in the foreground is interrupted from elsewhere")
async def _(world):
    async def on_init(event):
        await done(world.sandbox.commands.interrupt(event.id))

    run = await done(world.sandbox.commands.run("exec sleep 1000", handlers=world.sdk.handlers(on_init=on_init)))
    equal(run.exit_code, -1)


@claims("the answer ends with the command: a dozen are done before something that takes two minutes")
async def _(world):
    commands = world.sandbox.commands
    late = await done(commands.run("exec sleep 120", opts=RunCommandOpts(background=True)))
    for _ in range(12):
        equal((await done(commands.run("true"))).exit_code, 0)
    equal((await done(commands.get_command_status(late.id))).running, True)
    await done(commands.interrupt(late.id))


@claims("a command that there is not is told of as such")
async def _(world):
    error = await raises(SandboxApiException, lambda: world.sandbox.commands.get_command_status("none"))
    equal((error.status_code, error.error.code), (404, "COMMAND_NOT_FOUND"))
    error = await raises(SandboxApiException, lambda: world.sandbox.commands.interrupt("none"))
    equal(error.status_code, 404)
