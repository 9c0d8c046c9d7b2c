"""
Claims about OpenSandbox's command line, osb: command_line.py direct|proxied

The server is the one of OPEN_SANDBOX_DOMAIN, with the key of OPEN_SANDBOX_API_KEY; HOME is a directory of this run's own.
"""
import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

import click
import httpx
from click.testing import CliRunner
from opensandbox_cli.main import cli

from claims import Claims, equal, tell

claims = Claims()
IMAGE = os.environ["CUBBY_SMALL_IMAGE"]
WAY = sys.argv[1]
HOME = Path(os.environ["HOME"])
GLOBAL = ["--use-server-proxy"] if WAY == "proxied" else []


class Program:
    """The program's own main function, called in this process: a process for each of sixty calls would take a minute."""

    def __init__(self):
        self.called = set()
        self.id = ""

    def run(self, *words, fails=False, given=None):
        """What the program puts out."""
        self.called.add(_command(words))
        result = CliRunner().invoke(cli, [*GLOBAL, *words], input=given)
        if (result.exit_code != 0) != fails:
            raise AssertionError(f"osb {' '.join(words)}: {result.exit_code}\n{result.output}{result.exception or ''}")
        return result.output if fails else result.stdout

    def ask(self, *words):
        """What the program puts out as JSON."""
        # In front of the words of a command to be run.
        at = words.index("--") if "--" in words else len(words)
        return json.loads(self.run(*words[:at], "-o", "json", *words[at:]))

    def refused(self, *words):
        """What the program says of an error, without the box around it."""
        return " ".join(self.run(*words, fails=True).replace("│", " ").split())


def _command(words):
    """The words of a call that name the command, as `command session run`."""
    named, group = [], cli
    for word in words:
        if not isinstance(group, click.Group):
            break
        named.append(word)
        group = group.commands[word]
    return " ".join(named)


def commands(group=cli, path=()):
    """Every command there is."""
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))
        else:
            yield " ".join((*path, name))


@claims("it is configured, and the environment counts for more")
async def _(osb):
    osb.run("config", "init")
    osb.run("config", "set", "connection.domain", "somewhere.example")
    osb.run("config", "set", "defaults.image", IMAGE)
    shown = osb.ask("config", "show")
    equal((shown["domain"], shown["default_image"]), (os.environ["OPEN_SANDBOX_DOMAIN"], IMAGE))
    equal(shown["use_server_proxy"], WAY == "proxied")


@claims("a sandbox is made, also as a file says, told of, listed, renewed, paused and resumed")
async def _(osb):
    small = ["--resource", "cpu=1", "--resource", "memory=128Mi"]
    made = osb.ask("sandbox", "create", "-e", "GREETING=hello", "-m", f"project=cli-{WAY}", *small)
    osb.id = made["id"]
    told = osb.ask("sandbox", "get", osb.id)
    equal((told["status"]["state"], told["image"]["image"]), ("Running", IMAGE))
    request = HOME / "request.json"
    limits = {"cpu": "1", "memory": "128Mi"}
    metadata = {"project": f"cli-{WAY}"}
    request.write_text(json.dumps({"image": {"uri": IMAGE}, "resourceLimits": limits, "metadata": metadata}))
    other = osb.ask("sandbox", "create", "--file", str(request))["id"]
    listed = osb.ask("sandbox", "list", "--metadata", f"project=cli-{WAY}", "--state", "running")
    equal([info["id"] for info in listed["items"]], [other, osb.id])
    osb.run("sandbox", "kill", other)
    assert osb.ask("sandbox", "renew", osb.id, "--timeout", "15m")
    equal(osb.ask("sandbox", "health", osb.id)["healthy"], True)
    equal(osb.ask("sandbox", "metrics", osb.id)["memory_total_in_mib"], 128)
    osb.run("sandbox", "pause", osb.id)
    equal(osb.ask("sandbox", "get", osb.id)["status"]["state"], "Paused")
    osb.run("sandbox", "resume", osb.id)
    assert "no sandbox" in osb.refused("sandbox", "get", "never-was")


@claims("a command’s output comes out as it was put out, and its failure is the program’s")
async def _(osb):
    equal(osb.run("command", "run", osb.id, "--", "printf", "one\\n\\ntwo\\nrest"), "one\n\ntwo\nrest\n")
    equal(osb.run("command", "run", osb.id, "--argv", "--", "echo", "$HOME", "two  words"), "$HOME two  words\n")
    assert "CommandExecError: 3" in osb.refused("command", "run", osb.id, "--", "sh", "-c", "exit 3")
    background = osb.ask("command", "run", osb.id, "--background", "--", "sh", "-c", "echo here; exec sleep 1000")
    id = background["execution_id"]
    equal(osb.ask("command", "status", osb.id, id)["running"], True)
    while not (logs := osb.ask("command", "logs", osb.id, id))["content"]:
        pass
    equal(logs["content"], "here\n")
    equal(osb.ask("command", "logs", osb.id, id, "--cursor", str(logs["cursor"]))["content"], "")
    osb.run("command", "interrupt", osb.id, id)
    equal(osb.ask("command", "status", osb.id, id)["running"], False)


@claims("a session goes on from run to run")
async def _(osb):
    session = osb.ask("command", "session", "create", osb.id, "--workdir", "/etc")["session_id"]
    osb.run("command", "session", "run", osb.id, session, "--", "cd", "/bin")
    equal(osb.run("command", "session", "run", osb.id, session, "--", "pwd"), "/bin\n")
    osb.run("command", "session", "delete", osb.id, session)
    osb.refused("command", "session", "run", osb.id, session, "--", "true")


@claims("files go there and back, and are found, changed and removed")
async def _(osb):
    local = HOME / "local"
    local.write_bytes(bytes(range(256)) * 100)
    osb.run("file", "mkdir", osb.id, "/srv/cli", "--mode", "750")
    osb.run("file", "upload", osb.id, str(local), "/srv/cli/bytes")
    osb.run("file", "download", osb.id, "/srv/cli/bytes", str(HOME / "back"))
    equal((HOME / "back").read_bytes(), local.read_bytes())
    osb.run("file", "write", osb.id, "/srv/cli/text", "--content", "eins zwei", "--mode", "640")
    equal(osb.run("file", "cat", osb.id, "/srv/cli/text"), "eins zwei")
    osb.run("file", "replace", osb.id, "/srv/cli/text", "--old", "zwei", "--new", "drei")
    osb.run("file", "mv", osb.id, "/srv/cli/text", "/srv/cli/words")
    equal(osb.run("file", "cat", osb.id, "/srv/cli/words"), "eins drei")
    osb.run("file", "chmod", osb.id, "/srv/cli/words", "--mode", "600")
    (info,) = osb.ask("file", "info", osb.id, "/srv/cli/words")
    equal((info["mode"], info["size"]), (600, 9))
    found = osb.ask("file", "search", osb.id, "/srv/cli", "--pattern", "w*")
    equal([entry["path"] for entry in found], ["/srv/cli/words"])
    osb.run("file", "rm", osb.id, "/srv/cli/words")
    osb.run("file", "rmdir", osb.id, "/srv/cli")
    osb.refused("file", "cat", osb.id, "/srv/cli/words")


@claims("a port’s endpoint leads to the program that listens there")
async def _(osb):
    osb.run("file", "write", osb.id, "/srv/it", "--content", "served")
    osb.run("command", "run", osb.id, "--background", "--", "httpd", "-f", "-p", "8123", "-h", "/srv")
    endpoint = osb.ask("sandbox", "endpoint", osb.id, "--port", "8123")["endpoint"]
    while (answer := httpx.get(f"http://{endpoint}/it", timeout=60)).status_code == 502:
        pass
    equal(answer.text, "served")


@claims("what a sandbox may reach is seen and changed")
async def _(osb):
    equal(osb.ask("egress", "get", osb.id)["egress"], [])
    osb.run("egress", "patch", osb.id, "--rule", "deny=example.com", "--rule", "allow=*.example.com")
    rules = osb.ask("egress", "get", osb.id)["egress"]
    equal([(rule["action"], rule["target"]) for rule in rules], [("deny", "example.com"), ("allow", "*.example.com")])


@claims("what helps who looks for a fault is told, as text and with its description")
async def _(osb):
    for words in [("devops", "logs"), ("devops", "inspect"), ("devops", "events"), ("devops", "summary")]:
        assert osb.run(*words, osb.id).strip(), words
    assert osb.id in osb.run("devops", "inspect", osb.id)
    equal(osb.ask("diagnostics", "logs", osb.id, "--scope", "container")["kind"], "logs")
    equal(osb.ask("diagnostics", "events", osb.id, "--scope", "all")["kind"], "events")


@claims("a sandbox is made of another’s snapshot")
async def _(osb):
    snapshot = osb.ask("snapshot", "create", osb.id, "--name", f"cli-{WAY}")["id"]
    while osb.ask("snapshot", "get", snapshot)["status"]["state"] == "Creating":
        pass
    listed = osb.ask("snapshot", "list", "--sandbox-id", osb.id, "--state", "Ready")
    equal([info["id"] for info in listed["items"]], [snapshot])
    small = ["--resource", "cpu=1", "--resource", "memory=128Mi"]
    copy = osb.ask("sandbox", "create", "--snapshot-id", snapshot, *small)["id"]
    equal(osb.run("file", "cat", copy, "/srv/it"), "served")
    osb.run("sandbox", "kill", copy)
    osb.run("snapshot", "delete", snapshot)


@claims("what is not to be had is said by name: credentials and templates")
async def _(osb):
    vault = HOME / "vault.json"
    vault.write_text(json.dumps({"credentials": [], "bindings": []}))
    changes = HOME / "changes.json"
    changes.write_text(json.dumps({"expectedRevision": 1, "credentials": {"delete": ["token"]}}))
    for words in [
        ("credential-vault", "create", osb.id, "--file", str(vault)),
        ("credential-vault", "get", osb.id),
        ("credential-vault", "patch", osb.id, "--file", str(changes)),
        ("credential-vault", "delete", osb.id),
        ("credential-vault", "credential", "list", osb.id),
        ("credential-vault", "credential", "get", osb.id, "token"),
        ("credential-vault", "binding", "list", osb.id),
        ("credential-vault", "binding", "get", osb.id, "api"),
    ]:
        assert "no credential vault" in osb.refused(*words), words
    for words in [
        ("template", "create", "--image", IMAGE, "--publish", "s3://bucket/publish"),
        ("template", "list"),
        ("template", "get", "tpl_1"),
        ("template", "delete", "tpl_1"),
    ]:
        assert "on Kubernetes only" in osb.refused(*words), words


@claims("skills for other programs are its own business: they are listed, shown, installed and taken out again")
async def _(osb):
    name = osb.ask("skills", "list")["skills"][0]["slug"]
    assert osb.run("skills", "show", name)
    target = ["--target", "codex", "--scope", "project"]
    osb.run("skills", "install", name, *target)
    osb.run("skills", "uninstall", name, *target)


@claims("it does the same as a program of its own, and ends the sandbox")
async def _(osb):
    words = [os.path.join(os.path.dirname(sys.executable), "osb"), *GLOBAL]
    run = subprocess.run([*words, "command", "run", osb.id, "--", "echo", "hello"], capture_output=True, text=True)
    equal((run.returncode, run.stdout), (0, "hello\n"))
    watch = [*words, "sandbox", "metrics", osb.id, "--watch", "-o", "raw"]
    with subprocess.Popen(watch, stdout=subprocess.PIPE, env={**os.environ, "PYTHONUNBUFFERED": "1"}) as watching:
        seen = [watching.stdout.readline() for _ in range(2)]
        watching.terminate()
    assert all(seen), seen
    osb.run("sandbox", "kill", osb.id)
    equal(osb.ask("sandbox", "list", "--metadata", f"project=cli-{WAY}")["items"], [])


async def nothing_left_out(osb):
    equal(sorted(osb.called), sorted(commands()))


async def main():
    os.chdir(HOME)
    osb = Program()
    await claims.check(osb)
    await tell("no command was left out", nothing_left_out(osb))


if __name__ == "__main__":
    asyncio.run(main())
