"""Claims about variables that outlive a command."""
from claims import Claims, done, equal

claims = Claims()

ODD = "two  words, a \"quote\", $HOME, a \\ and\na second line"


@claims("a variable that is set once is there in every later command, and the last value counts")
async def _(world):
    commands = world.sandbox.commands
    for value in ["first", ODD]:
        await done(commands.set_env("KEPT", value))
        run = await done(commands.run(["python3", "-c", "import os; print(repr(os.environ['KEPT']))"]))
        equal(run.text, repr(value))
    await done(commands.set_env("QUOTED", "it's"))
    equal((await done(commands.run('echo "$QUOTED"'))).text, "it's")
