"""Claims about sandboxes as such."""
from datetime import datetime, timedelta, timezone

import httpx
from opensandbox.exceptions import SandboxApiException, SandboxException
from opensandbox.models.execd import RunCommandOpts
from opensandbox.models.sandboxes import SandboxFilter

from claims import Claims, done, equal, raises
from world import ENTRYPOINT, IMAGE

claims = Claims()

PORT = 8123
SERVER = f"""
import http.server, os
os.makedirs('/tmp/served'); os.chdir('/tmp/served'); open('it', 'w').write('served')
server = http.server.ThreadingHTTPServer(('127.0.0.1', {PORT}), http.server.SimpleHTTPRequestHandler)
print('listens', flush=True)
server.serve_forever()
"""


@claims("a sandbox is as it was asked for")
async def _(world):
    info = await done(world.sandbox.get_info())
    equal(info.id, world.sandbox.id)
    equal(info.status.state, "Running")
    equal(info.image.image, IMAGE)
    equal(info.entrypoint, ENTRYPOINT)
    equal(info.metadata, {"project": world.project})
    left = info.expires_at - datetime.now(timezone.utc)
    assert timedelta(minutes=4) < left <= timedelta(minutes=5), left
    equal(world.sandbox.origin, "unknown")
    equal(world.sandbox.connection_config.use_server_proxy, world.proxied)


@claims("it is healthy, and ready at once")
async def _(world):
    equal(await done(world.sandbox.is_healthy()), True)
    await done(world.sandbox.check_ready(timedelta(minutes=1), timedelta(milliseconds=50)))


@claims("another program connects to it by its id, and closing that leaves the sandbox alone")
async def _(world):
    cls = world.methods.seen("Sandbox", world.sdk.Sandbox)
    other = await done(cls.connect(world.sandbox.id, connection_config=world.config()))
    equal((await done(other.commands.run("echo $GREETING"))).text, "hello")
    await done(other.close())
    equal(await done(world.sandbox.is_healthy()), True)


@claims("a port’s endpoint leads to the program that listens there")
async def _(world):
    opts = RunCommandOpts(background=True)
    server = await done(world.sandbox.commands.run(["python3", "-c", SERVER], opts=opts))
    while "listens" not in (await done(world.sandbox.commands.get_background_command_logs(server.id))).content:
        pass
    endpoint = await done(world.sandbox.get_endpoint(PORT))
    answer = httpx.get(f"http://{endpoint.endpoint}/it", headers=endpoint.headers, timeout=60)
    equal((answer.status_code, answer.text), (200, "served"))


@claims("an endpoint may have an end, except through the server proxy, where the protocol has none")
async def _(world):
    expires = int(datetime.now(timezone.utc).timestamp()) + 60
    if world.proxied:
        error = await raises(SandboxApiException, lambda: world.sandbox.get_signed_endpoint(PORT, expires))
        equal(error.error.code, "SANDBOX::INVALID_PARAMETER")
        return
    endpoint = await done(world.sandbox.get_signed_endpoint(PORT, expires))
    equal(httpx.get(f"http://{endpoint.endpoint}/it", timeout=60).text, "served")


@claims("its end is put off, and brought nearer")
async def _(world):
    for minutes in [30, 5]:
        answer = await done(world.sandbox.renew(timedelta(minutes=minutes)))
        info = await done(world.sandbox.get_info())
        assert abs(info.expires_at - answer.expires_at) < timedelta(milliseconds=2), (info, answer)
        left = answer.expires_at - datetime.now(timezone.utc)
        assert timedelta(minutes=minutes - 1) < left <= timedelta(minutes=minutes), left


@claims("the manager lists by state and metadata, page by page, and tells of one")
async def _(world):
    wanted = SandboxFilter(states=["RUNNING"], metadata={"project": world.project}, page=1, page_size=1)
    page = await done(world.manager.list_sandbox_infos(wanted))
    equal([info.id for info in page.sandbox_infos], [world.sandbox.id])
    equal((page.pagination.total_items, page.pagination.has_next_page), (1, False))
    nothing = SandboxFilter(metadata={"project": "another one"})
    equal((await done(world.manager.list_sandbox_infos(nothing))).sandbox_infos, [])
    equal((await done(world.manager.get_sandbox_info(world.sandbox.id))).id, world.sandbox.id)
    equal(world.manager.connection_config.use_server_proxy, world.proxied)


@claims("the manager renews and ends a sandbox; then it can’t be connected to, and says why")
async def _(world):
    other = await world.create()
    answer = await done(world.manager.renew_sandbox(other.id, timedelta(minutes=10)))
    assert answer.expires_at > datetime.now(timezone.utc) + timedelta(minutes=9), answer
    await done(other.close())
    await done(world.manager.kill_sandbox(other.id))
    connect = lambda: world.sdk.Sandbox.connect(  # noqa: E731
        other.id, connection_config=world.config(), connect_timeout=timedelta(minutes=1)
    )
    await raises(SandboxException, connect, "no sandbox", other.id)


@claims("a wrong key and an id that never was are told apart")
async def _(world):
    error = await raises(SandboxApiException, lambda: world.manager.get_sandbox_info("never-was"))
    equal((error.status_code, error.error.code), (404, "DOCKER::SANDBOX_NOT_FOUND"))
    assert error.request_id, "an answer without X-Request-ID"
    stranger = await done(world.sdk.Manager.create(world.sdk.Config(api_key="wrong")))
    error = await raises(SandboxApiException, lambda: stranger.list_sandbox_infos(SandboxFilter()))
    equal((error.status_code, error.error.code), (401, "INVALID_API_KEY"))
    await done(stranger.close())


@claims("a create that can’t be done says why, and leaves nothing")
async def _(world):
    create = lambda: world.sdk.Sandbox.create(  # noqa: E731
        "cubby/there-is-no-such-image:1", connection_config=world.config(), metadata={"project": f"{world.project}-none"}
    )
    error = await raises(SandboxApiException, create)
    equal((error.status_code, error.error.code), (400, "DOCKER::SANDBOX_IMAGE_PULL_FAILED"))
    left = await done(world.manager.list_sandbox_infos(SandboxFilter(metadata={"project": f"{world.project}-none"})))
    equal([info.status.state for info in left.sandbox_infos if info.status.state == "Running"], [])


@claims("leaving a with-block closes the connection; the sandbox is there until it is killed")
async def _(world):
    other = (await world.create()).thing
    if world.sdk.blocking:
        with other as inside:
            equal(inside.commands.run("echo in").text, "in")
    else:
        async with other as inside:
            equal((await inside.commands.run("echo in")).text, "in")
    again = await done(world.sdk.Sandbox.connect(other.id, connection_config=world.config()))
    again = world.methods.seen("Sandbox", again)
    await done(again.kill())
    await done(again.close())
    await raises(SandboxApiException, lambda: world.manager.get_sandbox_info(other.id), "no sandbox")
