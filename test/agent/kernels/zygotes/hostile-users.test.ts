import assert from 'node:assert/strict';
import { chmodSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { textOf } from '../../code/code-client.ts';
import { startSandbox, until } from '../../code/sandbox.ts';
import { zygotesOf } from './ancestors.ts';

/** Only root's agent has rights that its users have not. */
const isRoot = process.getuid!() === 0;
const user = isRoot ? { user: '12345:23456' } : {};

/** A kernel whose cells find the directory of its runner as `k`, and another that is to go on working. */
async function start(t: TestContext) {
  const sandbox = await startSandbox(t, { ...user, warn: () => {} });
  const { id } = await sandbox.createContext();
  const run = (code: string) => sandbox.cell(code, { id });
  await run('import os\nfrom ipykernel.connect import get_connection_file\nk = os.path.dirname(get_connection_file())');
  return { sandbox, id, run };
}

const ending = '{"reason":"exited","code":0,"signal":0,"error":"","started":1,"ended":1,"position":0}';

for (const [what, code] of [
  ['a link to a file of somebody else’s', 'os.symlink(secret, k + "/status")'],
  ['a FIFO', 'os.mkfifo(k + "/status")'],
  ['a directory', 'os.mkdir(k + "/status")'],
  ['a file of a GiB', 'open(k + "/status", "w").truncate(1 << 30)'],
  [
    'a file that says nonsense',
    'print(\'{"reason":{"toString":1},"code":"x","position":1e999}\', file=open(k + "/status", "w"))',
  ],
] as const) {
  test(`${what} in place of a kernel’s end is not taken for one, and keeps nobody waiting`, async (t) => {
    const { sandbox, id, run } = await start(t);
    const secret = join(sandbox.dir, 'secret');
    writeFileSync(secret, ending, { mode: 0o600 });
    await run(`secret = ${JSON.stringify(secret)}\n${code}\nfor _ in range(100): open(k + "/bell", "w").write("!")`);
    const { events } = await run('print("still there")');
    assert.equal(textOf(events, 'stdout'), 'still there\n');
    assert.equal((await sandbox.context(id)).state, 'idle');
    assert.equal((await sandbox.request('DELETE', `/code/contexts/${id}`)).status, 200);
  });
}

test('orders go to no file but the runner’s own', async (t) => {
  const { sandbox, id, run } = await start(t);
  const precious = join(sandbox.dir, 'precious');
  writeFileSync(precious, 'as it was');
  chmodSync(precious, isRoot ? 0o600 : 0o400);
  await run(`os.remove(k + "/ctl"); os.symlink(${JSON.stringify(precious)}, k + "/ctl")`);
  await sandbox.interrupt(id);
  await sandbox.request('DELETE', `/code/contexts/${id}`);
  const other = await start(t);
  await other.run('os.remove(k + "/ctl"); open(k + "/ctl", "w").write("a file")');
  await other.sandbox.request('DELETE', `/code/contexts/${other.id}`);
  assert.equal(readFileSync(precious, 'utf8'), 'as it was');
});

for (const [what, code] of [
  ['is cut off', 'os.truncate(k + "/ring", 0)'],
  ['has a size of nothing', 'fields(8, 0)'],
  ['has no end', 'fields(16, 1 << 62)'],
  ['begins behind its end', 'fields(24, (1 << 64) - 1)'],
  ['has records of any length', 'fields(4096, (1 << 64) - 1)'],
  ['is a link', `os.remove(k + "/ring"); os.symlink("/dev/zero", k + "/ring")`],
] as const) {
  test(`a kernel whose ring ${what} dies as any other`, async (t) => {
    const { sandbox, id, run } = await start(t);
    const { events } = await run(`
def fields(at, value):
    with open(k + "/ring", "r+b") as ring:
        ring.seek(16); ring.write((1 << 20).to_bytes(8, "little"))
        ring.seek(at); ring.write(value.to_bytes(8, "little"))
${code}
os.kill(os.getpid(), 9)`);
    // Whoever cuts off the ring kills what writes to it, and so the kernel.
    assert.match(events.at(-1)!.error!.evalue, /SIGKILL|was lost/);
    assert.equal(textOf((await sandbox.cell('print(1)', { id })).events, 'stdout'), '1\n');
  });
}

test('a cell that has stopped its runner is interrupted all the same', async (t) => {
  const { sandbox, id } = await start(t);
  const stop = 'import os, signal, time\nos.kill(os.getppid(), signal.SIGSTOP)\nprint("stopped", flush=True)';
  const cell = await sandbox.open(`${stop}\nwhile True: time.sleep(1)`, { id });
  await cell.stdoutUntil('stopped\n');
  assert.equal(await sandbox.interrupt(id), 200);
  const events = await cell.rest();
  assert.equal(events.find(({ type }) => type === 'error')?.error?.ename, 'KeyboardInterrupt');
  assert.equal(events.at(-1)?.type, 'execution_complete');
});

test('a context whose runner is stopped again and again is deleted all the same', async (t) => {
  const { sandbox, id, run } = await start(t);
  const runner = textOf((await run('print(os.getppid())')).events, 'stdout').trim();
  const cell = await sandbox.open('import time\ntime.sleep(600)', { id });
  const other = await sandbox.createContext();
  const stopper = await sandbox.open(
    `import os, time\nprint("begun", flush=True)\nwhile True: os.kill(${runner}, 19)`,
    { id: other.id },
  );
  await stopper.stdoutUntil('begun\n');
  assert.equal((await sandbox.request('DELETE', `/code/contexts/${id}`)).status, 200);
  assert.equal((await cell.rest()).at(-1)?.error?.ename, 'ContextDeleted');
});

/** Puts something else in place of the zygote's socket. */
const replace = (code: string) => `
import glob, socket
zygote, = glob.glob(os.path.dirname(os.path.dirname(k)) + "/*/k/z") or [open(f"/proc/{os.getpid()}/cmdline").read().split("\\0")[2]]
os.remove(zygote)
${code}`;

test('the agent connects to nobody else’s socket', { skip: !isRoot }, async (t) => {
  const { sandbox, run } = await start(t);
  const theirs = join(sandbox.dir, 'theirs');
  let calls = 0;
  const server = createServer((socket) => {
    calls += 1;
    socket.end('ready 1\n');
  }).listen(theirs);
  t.after(() => server.close());
  await until(() => readdirSync(sandbox.dir).includes('theirs'), 'the other listens');
  chmodSync(theirs, 0o600);
  await run(replace(`os.symlink(${JSON.stringify(theirs)}, zygote)`));
  const { id } = await sandbox.createContext();
  assert.equal(textOf((await sandbox.cell('print(1)', { id })).events, 'stdout'), '1\n');
  assert.equal(calls, 0);
});

for (const [what, answer] of [
  ['claims to have forked', 'b"ready 1\\n"'],
  ['says nonsense', 'b"\\xff\\0"'],
  ['never comes to an end', 'b"x" * (64 << 20)'],
] as const) {
  test(`a false zygote that ${what} costs nothing but time`, async (t) => {
    const { sandbox, run } = await start(t);
    await run(
      replace(`
import threading
listener = socket.socket(socket.AF_UNIX)
listener.bind(zygote); listener.listen()
def serve():
    while True:
        call, _ = listener.accept()
        try: call.recv(1 << 20); call.sendall(${answer}); call.close()
        except OSError: pass
threading.Thread(target=serve, daemon=True).start()`),
    );
    const { id } = await sandbox.createContext();
    assert.equal(textOf((await sandbox.cell('print(1)', { id })).events, 'stdout'), '1\n');
    const next = await sandbox.createContext();
    assert.equal(textOf((await sandbox.cell('print(2)', { id: next.id })).events, 'stdout'), '2\n');
    assert.ok(zygotesOf(sandbox).length <= 1);
  });
}
