"""
Claims about OpenSandbox's MCP server, which a client of MCP drives over stdio: mcp_server.py direct|proxied

The server is the one of OPEN_SANDBOX_DOMAIN, with the key of OPEN_SANDBOX_API_KEY.
"""
import asyncio
import os
import sys
from contextlib import asynccontextmanager

import httpx
from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client

from claims import Claims, equal, tell

claims = Claims()
IMAGE = os.environ["CUBBY_SMALL_IMAGE"]
PROXIED = sys.argv[1] == "proxied"


class Server:
    """An MCP server at the other end of a pair of pipes."""

    def __init__(self, session, tools):
        self._session = session
        self.tools = tools
        self.called = set()
        self.id = ""

    async def call(self, tool, **given):
        """What a tool gives back. Raises RuntimeError with its words where it failed."""
        self.called.add(tool)
        result = await self._session.call_tool(tool, given)
        if result.is_error:
            raise RuntimeError("".join(content.text for content in result.content))
        value = result.structured_content
        # A tool that gives a list has it wrapped.
        return value["result"] if set(value) == {"result"} else value

    async def in_sandbox(self, tool, **given):
        return await self.call(tool, sandbox_id=self.id, **given)


@asynccontextmanager
async def serving():
    parameters = StdioServerParameters(
        command=os.path.join(os.path.dirname(sys.executable), "opensandbox-mcp"),
        args=["--use-server-proxy"] if PROXIED else [],
        env={name: os.environ[name] for name in ["OPEN_SANDBOX_DOMAIN", "OPEN_SANDBOX_API_KEY", "PATH"]},
    )
    async with stdio_client(parameters) as (read, write), ClientSession(read, write) as session:
        await session.initialize()
        tools = {tool.name for tool in (await session.list_tools()).tools}
        yield Server(session, tools)


@claims("a sandbox is made, told of, listed and renewed")
async def _(server):
    made = await server.call(
        "sandbox_create",
        image=IMAGE,
        env={"GREETING": "hello"},
        metadata={"project": f"mcp-{sys.argv[1]}"},
        resource={"cpu": "1", "memory": "128Mi"},
    )
    server.id = made["sandbox_id"]
    equal(made["info"]["status"]["state"], "Running")
    equal((await server.in_sandbox("sandbox_get_info"))["id"], server.id)
    listed = await server.call("sandbox_list", filter={"metadata": {"project": f"mcp-{sys.argv[1]}"}})
    equal([info["id"] for info in listed["sandbox_infos"]], [server.id])
    assert (await server.in_sandbox("sandbox_renew", timeout_seconds=900))["expires_at"]
    equal(await server.in_sandbox("sandbox_healthcheck"), {"sandbox_id": server.id, "healthy": True})
    equal((await server.in_sandbox("sandbox_get_metrics"))["memory_total_in_mib"], 128)


@claims("commands run, also in the background, and are interrupted")
async def _(server):
    run = await server.in_sandbox("command_run", command="echo $GREETING; exit 3", working_directory="/")
    equal(([line["text"] for line in run["logs"]["stdout"]], run["exit_code"]), (["hello\n"], 3))
    background = await server.in_sandbox("command_run", command="exec sleep 1000", background=True)
    interrupted = await server.in_sandbox("command_interrupt", execution_id=background["id"])
    equal(interrupted, {"status": "interrupted"})


@claims("files are written, read, found, changed, moved and removed")
async def _(server):
    await server.in_sandbox("file_create_directories", entries=[{"path": "/srv/mcp", "mode": 750}])
    await server.in_sandbox("file_write", path="/srv/mcp/a.txt", content="eins zwei", mode=640)
    equal((await server.in_sandbox("file_read", path="/srv/mcp/a.txt"))["content"], "eins zwei")
    part = await server.in_sandbox("file_read", path="/srv/mcp/a.txt", range_header="bytes=5-")
    equal(part["content"], "zwei")
    found = await server.in_sandbox("file_search", path="/srv/mcp", pattern="*.txt")
    equal([(entry["path"], entry["mode"]) for entry in found], [("/srv/mcp/a.txt", 640)])
    changes = [{"path": "/srv/mcp/a.txt", "old_content": "zwei", "new_content": "drei"}]
    counted = await server.in_sandbox("file_replace_contents", entries=changes)
    equal(counted, [{"path": "/srv/mcp/a.txt", "replaced_count": 1}])
    move = {"source": "/srv/mcp/a.txt", "destination": "/srv/mcp/b.txt"}
    await server.in_sandbox("file_move", entries=[move])
    equal((await server.in_sandbox("file_read", path="/srv/mcp/b.txt"))["content"], "eins drei")
    await server.in_sandbox("file_delete", paths=["/srv/mcp/b.txt"])
    await server.in_sandbox("file_delete_directories", paths=["/srv/mcp"])
    equal((await server.in_sandbox("command_run", command="ls -A /srv"))["logs"]["stdout"], [])


@claims("a port’s endpoint leads to the program that listens there")
async def _(server):
    await server.in_sandbox("file_write", path="/srv/it", content="served")
    await server.in_sandbox("command_run", command="exec httpd -f -p 8123 -h /srv", background=True)
    endpoint = (await server.in_sandbox("sandbox_get_endpoint", port=8123))["endpoint"]
    async with httpx.AsyncClient(timeout=60) as client:
        while (answer := await client.get(f"http://{endpoint}/it")).status_code == 502:
            await asyncio.sleep(0.02)
    equal(answer.text, "served")


@claims("another server connects to a sandbox that it did not make, and ends it")
async def _(server):
    async with serving() as other:
        # Another process, which knows nothing of the first one's.
        try:
            await other.call("command_run", sandbox_id=server.id, command="true")
        except RuntimeError as error:
            assert "sandbox_connect" in str(error), error
        connected = await other.call("sandbox_connect", sandbox_id=server.id)
        equal(connected["info"]["id"], server.id)
        run = await other.call("command_run", sandbox_id=server.id, command="echo there")
        equal(run["logs"]["stdout"][0]["text"], "there\n")
        equal(await other.call("sandbox_kill", sandbox_id=server.id), {"status": "killed"})
        server.called |= other.called
    # Asking for the sandbox itself would do, but this client hangs when a server refuses it something: its errors are their
    # own cause, and its log follows causes to the end.
    listed = await server.call("sandbox_list", filter={"metadata": {"project": f"mcp-{sys.argv[1]}"}})
    equal(listed["sandbox_infos"], [])


async def nothing_left_out(server):
    equal(server.called, server.tools)


async def main():
    async with serving() as server:
        await claims.check(server)
        await tell("no tool was left out", nothing_left_out(server))


if __name__ == "__main__":
    asyncio.run(main())
