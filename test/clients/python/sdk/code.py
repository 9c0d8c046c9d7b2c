"""Claims about the code interpreter."""
from datetime import timedelta

from code_interpreter import SupportedLanguage
from code_interpreter.models.code import CodeContext
from opensandbox.exceptions import SandboxApiException

from claims import Claims, done, equal, raises

claims = Claims()


async def interpreter(world):
    """One for all claims, with the SDK’s own check of a ready interpreter."""
    if not hasattr(world, "interpreter"):
        cls = world.methods.seen("CodeInterpreter", world.sdk.Interpreter)
        made = await done(cls.create(world.sandbox.thing, ready_timeout=timedelta(minutes=1)))
        world.interpreter = world.methods.seen("CodeInterpreter", made, codes="codes")
    return world.interpreter


@claims("an interpreter is made of a sandbox, and is that sandbox")
async def _(world):
    made = await interpreter(world)
    equal((made.id, made.sandbox is world.sandbox.thing), (world.sandbox.id, True))
    equal((await done(made.ping()), await done(made.is_healthy()), await done(made.codes.ping())), (True, True, True))
    await done(made.check_ready(timedelta(minutes=1), timedelta(milliseconds=50)))
    equal((await done(made.commands.run("echo $GREETING"))).text, "hello")
    assert made.files is world.sandbox.thing.files and made.metrics is world.sandbox.thing.metrics


@claims("a context keeps its variables, counts its cells, and is another’s world")
async def _(world):
    codes = (await interpreter(world)).codes
    context = await done(codes.create_context(SupportedLanguage.PYTHON))
    await done(codes.run("x = 20", context=context))
    run = await done(codes.run("print('out'); x + 1", context=context))
    equal((run.text, run.execution_count, run.error), ("out\n21", 2, None))
    other = await done(codes.create_context(SupportedLanguage.PYTHON))
    failed = await done(codes.run("x", context=other))
    equal((failed.error.name, "x" in failed.error.value, len(failed.error.traceback) > 0), ("NameError", True, True))
    equal((await done(codes.get_context(context.id))).language, "python")
    known = await done(codes.list_contexts("python"))
    assert {context.id, other.id} <= {known_one.id for known_one in known}, known
    await done(codes.delete_context(other.id))
    error = await raises(SandboxApiException, lambda: codes.get_context(other.id))
    equal((error.status_code, error.error.code), (404, "CONTEXT_NOT_FOUND"))
    await done(codes.delete_contexts("python"))
    equal(await done(codes.list_contexts("python")), [])


@claims("without a context there is one for each language, which goes on from cell to cell")
async def _(world):
    codes = (await interpreter(world)).codes
    await done(codes.run("y = 5"))
    equal((await done(codes.run("y", language="python"))).text, "5")
    equal((await done(codes.run("y", context=CodeContext(language="python")))).text, "5")


@claims("a plot is not lost: what a cell displays arrives as a result")
async def _(world):
    codes = (await interpreter(world)).codes
    seen = []

    async def on_result(result):
        seen.append(result.text)

    plot = "%matplotlib inline\nimport matplotlib.pyplot as plt\nplt.plot([1, 2, 3])\nplt.show()"
    run = await done(codes.run(plot, handlers=world.sdk.handlers(on_result=on_result)))
    equal(run.error, None)
    equal([result.text for result in run.result], seen)
    assert any(text.startswith("<Figure size") for text in seen), seen


@claims("a cell that runs is interrupted, and its context goes on with what it had")
async def _(world):
    codes = (await interpreter(world)).codes
    context = await done(codes.create_context("python"))
    await done(codes.run("kept = 'here'", context=context))

    async def on_stdout(message):
        if "begun" in message.text:
            await done(codes.interrupt(context.id))

    slow = "import time\nprint('begun', flush=True)\ntime.sleep(1000)"
    run = await done(codes.run(slow, context=context, handlers=world.sdk.handlers(on_stdout=on_stdout)))
    equal(run.error.name, "KeyboardInterrupt")
    equal((await done(codes.run("kept", context=context))).text, "'here'")
    await raises(SandboxApiException, lambda: codes.interrupt("never-was"))


@claims("each language of the SDK’s that the image has runs by its name")
async def _(world):
    codes = (await interpreter(world)).codes
    for language, code, text in [
        (SupportedLanguage.PYTHON, "print('hi'); 6 * 7", "hi\n42"),
        (SupportedLanguage.BASH, "echo hi", "hi"),
        (SupportedLanguage.JAVASCRIPT, "const n = 6; console.log('hi'); n * 7", "hi\n42"),
        (SupportedLanguage.TYPESCRIPT, "const m: number = 6; console.log('hi'); m * 7", "hi\n42"),
    ]:
        run = await done(codes.run(code, language=language))
        equal((run.text.strip(), run.error), (text, None))
    run = await done(codes.run("cat('hi\\n'); 6 * 7", language="r"))
    equal(run.text, "hi\n[1] 42")


@claims("a language that the image has no kernel for is told of, with those that it has")
async def _(world):
    codes = (await interpreter(world)).codes
    error = await raises(SandboxApiException, lambda: codes.create_context("cobol"))
    equal(error.status_code, 501)


@claims("closing the interpreter leaves the sandbox as it is")
async def _(world):
    made = await interpreter(world)
    for closable in [made, made.codes]:
        await done(closable.close() if world.sdk.blocking else closable.aclose())
    equal(await done(world.sandbox.is_healthy()), True)
