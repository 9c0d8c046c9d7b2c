import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { CodeClient } from '../../code/code-client.ts';
import { textOf } from '../../code/code-client.ts';
import { startSandbox, until } from '../../code/sandbox.ts';
import { forkedOf, zygotesOf } from './ancestors.ts';

async function say(sandbox: CodeClient, code: string, id?: string): Promise<string> {
  const { events } = await sandbox.cell(code, id === undefined ? undefined : { id });
  assert.equal(events.at(-1)?.type, 'execution_complete', JSON.stringify(events.at(-1)));
  assert.equal(textOf(events, 'stderr'), '');
  return textOf(events, 'stdout').trim();
}

const pid = 'import os; print(os.getpid())';

test('kernels of Python are forks of one process, which starts with the first', async (t) => {
  const sandbox = await startSandbox(t);
  assert.deepEqual(zygotesOf(sandbox), []);
  const contexts = [await sandbox.createContext(), await sandbox.createContext()];
  const [zygote, ...others] = zygotesOf(sandbox);
  assert.deepEqual(others, []);
  for (const { id } of contexts) assert.equal(forkedOf(Number(await say(sandbox, pid, id))), zygote);
});

test('without zygotes every kernel is started by itself', async (t) => {
  const sandbox = await startSandbox(t, { zygotes: false });
  await sandbox.createContext();
  assert.equal(await say(sandbox, 'print("zygote" in open("/proc/self/cmdline").read())'), 'False');
  assert.deepEqual(zygotesOf(sandbox), []);
});

test('no fork has a random number, a key or a session in common with another', async (t) => {
  const modules = join(import.meta.dirname, 'modules');
  const sandbox = await startSandbox(t, {
    preloads: ['multiprocessing', 'tempfile', 'random', 'uuid', 'numpy.random'],
    specs: { python3: spec({ PYTHONPATH: modules, PYTHONDONTWRITEBYTECODE: '1' }) },
  });
  const code = `
import random, uuid, tempfile, multiprocessing, secrets, numpy.random, os
k = get_ipython().kernel
for it in (random.random(), uuid.uuid4(), uuid.uuid1(), next(tempfile._get_candidate_names()), secrets.token_hex(),
           bytes(multiprocessing.current_process().authkey), numpy.random.state, k.session.session, k.session.key,
           k.ident, os.getpid(), os.getppid(), os.getsid(0)): print(it)`;
  await until(async () => {
    const { id } = await sandbox.createContext();
    return (await say(sandbox, 'import sys; print("numpy.random" in sys.modules)', id)) === 'True';
  }, 'kernels have imported it');
  const said = [];
  for (let round = 0; round < 3; round += 1) {
    const { id } = await sandbox.createContext();
    said.push((await say(sandbox, code, id)).split('\n'));
  }
  for (const [line, words] of said[0]!.entries()) {
    const all: (string | undefined)[] = said.map((lines) => lines[line]);
    assert.equal(new Set(all).size, 3, `${line}: ${words}`);
  }
});

test('a fork has the environment, directory and streams that a kernel of its own would have', async (t) => {
  const code = `
import gc, json, os, signal, sys, time, warnings
print(json.dumps({
  "env": {name: value for name, value in os.environ.items() if name != "CUBBY_TEST_MARK"},
  "cwd": os.getcwd(), "argv": sys.argv, "path": sys.path, "zone": time.tzname, "main": __name__,
  "stdin": os.readlink("/proc/self/fd/0"),
  "descriptors": sorted(os.readlink(fd.path).split(":")[0].replace(str(os.getpid()), "self") for fd in os.scandir("/proc/self/fd")),
  "signals": [str(signal.getsignal(n)) for n in (signal.SIGINT, signal.SIGTERM, signal.SIGCHLD, signal.SIGPIPE)],
  "leads": os.getsid(0) == os.getpid() == os.getpgid(0), "threads": len(os.listdir("/proc/self/task")),
  "garbage": gc.isenabled(), "blocked": [name for name, module in sys.modules.items() if module is None],
  "oom": open("/proc/self/oom_score_adj").read(), "warnings": len(warnings.filters),
}))`;
  const seen: unknown[] = [];
  for (const zygotes of [true, false]) {
    const sandbox = await startSandbox(t, { zygotes });
    mkdirSync(join(sandbox.dir, 'work/.opensandbox'));
    await sandbox.createContext();
    writeFileSync(join(sandbox.dir, 'work/.opensandbox/env'), 'LATER=said later\nTZ=Asia/Tokyo\n');
    const { id } = await sandbox.createContext({ cwd: '/usr/lib' });
    const said = JSON.parse((await say(sandbox, code, id)).replaceAll(sandbox.dir, ''));
    assert.equal(said.env.LATER, 'said later');
    assert.equal(said.zone[0], 'JST');
    seen.push(said);
  }
  assert.deepEqual(seen[0], seen[1]);
});

test('variables that an interpreter reads at its start are heeded', async (t) => {
  const sandbox = await startSandbox(t);
  mkdirSync(join(sandbox.dir, 'work/.opensandbox'));
  await sandbox.createContext();
  writeFileSync(join(sandbox.dir, 'work/.opensandbox/env'), 'PYTHONHASHSEED=7\nPYTHONPATH=/usr/share\n');
  const { id } = await sandbox.createContext();
  assert.equal(
    await say(sandbox, 'import sys; print("/usr/share" in sys.path, sys.flags.hash_randomization)', id),
    'True 1',
  );
  assert.equal(zygotesOf(sandbox).length, 2);
});

test('what was installed since is seen: a fork never mixes the old with the new', async (t) => {
  const sandbox = await startSandbox(t);
  await sandbox.createContext();
  const [before] = zygotesOf(sandbox);
  const place = await say(sandbox, 'import site; print(site.getusersitepackages())');
  mkdirSync(place, { recursive: true });
  writeFileSync(join(place, 'just_installed.py'), 'answer = 42');
  const { id } = await sandbox.createContext();
  assert.equal(await say(sandbox, 'import just_installed; print(just_installed.answer)', id), '42');
  const next = await sandbox.createContext();
  const kernel = Number(await say(sandbox, pid, next.id));
  assert.notEqual(forkedOf(kernel), before);
  await until(() => !zygotesOf(sandbox).includes(before!), 'the one with the old is gone');
  assert.deepEqual(zygotesOf(sandbox), [forkedOf(kernel)]);
});

test('modules of the setting are there before a cell asks, and one that can’t be imported is told in the log', async (t) => {
  const told: string[] = [];
  const modules = join(import.meta.dirname, 'modules');
  const sandbox = await startSandbox(t, {
    preloads: ['no_such_module', 'numpy.random', 'leaves'],
    specs: { python3: spec({ PYTHONPATH: modules, PYTHONDONTWRITEBYTECODE: '1' }) },
    warn: (message) => told.push(message),
  });
  await until(async () => {
    const { id } = await sandbox.createContext();
    const said = await say(sandbox, 'import sys; print("numpy.random" in sys.modules)', id);
    await sandbox.request('DELETE', `/code/contexts/${id}`);
    return said === 'True';
  }, 'kernels have imported it');
  const words = told.join('\n');
  assert.match(words, /no_such_module could not be imported: ModuleNotFoundError/);
  assert.match(words, /leaves could not be imported: SystemExit: 3/);
});

test('a zygote holds on to nothing of the agent’s or the caller’s', async (t) => {
  const sandbox = await startSandbox(t);
  await sandbox.createContext();
  const [zygote] = zygotesOf(sandbox);
  assert.equal(readlinkSync(`/proc/${zygote}/cwd`), '/');
  // The second nothing is IPython's. It may still be about to let go of what it was asked over.
  const own = ['/dev/null', '/dev/null', 'pipe:', 'pipe:', 'socket:'];
  let open: string[] = [];
  await until(() => {
    open = filesOf(zygote!);
    return open.length <= own.length;
  }, 'it has let go of the call');
  assert.deepEqual(open, own);
});

/** What a process has open, by kind, in order. */
function filesOf(pid: number): string[] {
  const dir = `/proc/${pid}/fd`;
  const kinds = readdirSync(dir).flatMap((fd) => {
    try {
      return [readlinkSync(join(dir, fd)).split('[')[0]!];
    } catch {
      // Closed meanwhile.
      return [];
    }
  });
  return kinds.sort();
}

function spec(env: Record<string, string>): object {
  const python = process.env.CUBBY_TEST_PYTHON ?? '/usr/bin/python3';
  return { argv: [python, '-m', 'ipykernel_launcher', '-f', '{connection_file}'], language: 'python', env };
}
