import assert from 'node:assert/strict';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { textOf, typesOf } from './code-client.ts';
import { beginsLate, lateKernel } from './late-kernel.ts';
import { isAlive, kernelsOf, startSandbox, until } from './sandbox.ts';

for (const zygotes of [true, false]) {
  const kernel = zygotes ? 'a fork' : 'a kernel that is none';
  test(`an interrupt of ${kernel} ends a sleep, a busy loop and a subprocess, and the state is kept`, async (t) => {
    const sandbox = await startSandbox(t, { zygotes });
    await sandbox.cell('kept = 1');
    for (const code of [
      'import time; time.sleep(600)',
      'while True: pass',
      'import subprocess; subprocess.run(["sleep", "600"])',
    ]) {
      const cell = await sandbox.open(`kept += 1; print("begun", flush=True)\n${code}`);
      const id = (await cell.next())!.text!;
      await cell.stdoutUntil('begun\n');
      assert.equal((await sandbox.context(id)).state, 'busy');
      assert.equal(await sandbox.interrupt(id), 200);
      const events = await cell.rest();
      assert.equal(events.find(({ type }) => type === 'error')?.error?.ename, 'KeyboardInterrupt', code);
      assert.equal(events.at(-1)?.type, 'execution_complete');
    }
    const { events } = await sandbox.cell('kept');
    assert.equal(events.find(({ type }) => type === 'result')?.results?.text, '4');
  });
}

test('an interrupt right after the start of a cell is not lost', async (t) => {
  const sandbox = await startSandbox(t);
  const { id } = await sandbox.createContext();
  for (let round = 0; round < 5; round += 1) {
    const cell = await sandbox.open('while True: pass', { id });
    assert.equal(await sandbox.interrupt(id), 200);
    const events = await cell.rest();
    assert.ok(typesOf(events).includes('error'));
    assert.equal((await sandbox.context(id)).state, 'idle');
  }
});

test('an interrupt is not lost either where the kernel is slow to begin with the cell', async (t) => {
  const sandbox = await startSandbox(t);
  const { id } = await sandbox.createContext();
  await sandbox.cell(`kept = 1\n${beginsLate(3)}`, { id });
  const cell = await sandbox.open('while True: pass', { id });
  assert.equal(await sandbox.interrupt(id), 200);
  const ename = (await cell.rest()).find(({ type }) => type === 'error')?.error?.ename;
  // It comes just as the kernel begins, and may still hit the kernel's own code.
  assert.match(ename ?? 'nothing', /^(KeyboardInterrupt|KernelGaveNoReply)$/);
  assert.equal((await sandbox.execution(cell.executionId)).state, 'interrupted');
  assert.equal(textOf((await sandbox.cell('print(kept)', { id })).events, 'stdout'), '1\n');
});

test('an interrupt of a context that runs nothing does nothing', async (t) => {
  const sandbox = await startSandbox(t);
  const { id } = await sandbox.createContext();
  const answer = await sandbox.request('DELETE', `/code?id=${id}`);
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get('content-length'), '0');
  assert.deepEqual(typesOf((await sandbox.cell('1', { id })).events), [
    'init',
    'execution_count',
    'result',
    'execution_complete',
  ]);
});

test('a busy context refuses a second cell and runs the first to its end', async (t) => {
  const sandbox = await startSandbox(t);
  const flag = join(sandbox.dir, 'work/go-on');
  const { id } = await sandbox.createContext();
  const first = await sandbox.open(
    `import os, time\nprint("begun", flush=True)\nwhile not os.path.exists(${JSON.stringify(flag)}): time.sleep(0.005)`,
    { id },
  );
  await first.stdoutUntil('begun\n');
  const second = await sandbox.cell('1', { id });
  assert.equal(second.status, 409);
  assert.equal(second.error.code, 'CONTEXT_BUSY');
  assert.match(second.error.message, /session is busy/);
  const elsewhere = await sandbox.cell('"another context"');
  assert.equal(elsewhere.events.at(-1)?.type, 'execution_complete');
  writeFileSync(flag, '');
  assert.equal((await first.rest()).at(-1)?.type, 'execution_complete');
  assert.equal((await sandbox.cell('1', { id })).status, 200);
});

for (const [how, code, expected, zygotes = true] of [
  ['calls exit()', 'print("bye"); exit()', /exited with code 0/],
  ['calls exit() in a kernel that is no fork', 'print("bye"); exit()', /exited with code 0/, false],
  ['calls os._exit', 'import os; print("bye", flush=True); os._exit(3)', /exited with code 3/],
  ['crashes', 'import faulthandler; print("bye", flush=True); faulthandler._sigsegv()', /SIGSEGV/],
  ['kills its own kernel', 'import os; print("bye", flush=True); os.kill(os.getpid(), 9)', /SIGKILL/],
] as const) {
  test(`a cell that ${how} ends with that as its error, and the next runs in a new kernel and says so`, async (t) => {
    const sandbox = await startSandbox(t, { zygotes });
    const other = await sandbox.createContext();
    await sandbox.cell('x = "other"', { id: other.id });
    await sandbox.cell('x = 1');
    const { events } = await sandbox.cell(code);
    const id = events[0]!.text!;
    const last = events.at(-1)!;
    assert.equal(last.type, 'error');
    assert.equal(last.error?.ename, 'KernelDied');
    assert.match(last.error!.evalue, expected);
    assert.equal((await sandbox.context(id)).state, 'dead');
    const after = await sandbox.cell('x', { id });
    assert.match(textOf(after.events, 'stderr'), expected);
    assert.equal(after.events.find(({ type }) => type === 'error')?.error?.ename, 'NameError');
    assert.equal(textOf((await sandbox.cell('print("again")', { id })).events, 'stderr'), '');
    const unharmed = await sandbox.cell('x', { id: other.id });
    assert.equal(unharmed.events.find(({ type }) => type === 'result')?.results?.text, "'other'");
  });
}

test('a kernel killed from outside is noticed, in the middle of a cell and between cells', async (t) => {
  const sandbox = await startSandbox(t);
  const cell = await sandbox.open('import os, time\nprint(os.getpid(), flush=True)\ntime.sleep(600)');
  const { text: id } = (await cell.next())!;
  process.kill(Number(await cell.stdoutUntil('\n')), 'SIGKILL');
  assert.match((await cell.rest()).at(-1)!.error!.evalue, /SIGKILL/);
  const again = await sandbox.cell('import os; print(os.getpid())', { id });
  process.kill(Number(textOf(again.events, 'stdout')), 'SIGKILL');
  await until(async () => (await sandbox.context(id!)).state === 'dead', 'the death was noticed');
  const { events } = await sandbox.cell('1', { id });
  assert.match(textOf(events, 'stderr'), /SIGKILL.*new kernel/);
});

test('a crash tells its stack as the kernel’s last words', async (t) => {
  const sandbox = await startSandbox(t);
  const { events } = await sandbox.cell('import faulthandler\ndef deep(): faulthandler._sigsegv()\ndeep()');
  assert.match(events.at(-1)!.error!.traceback.join('\n'), /Fatal Python error: Segmentation fault.*in deep/s);
});

test('a cell whose end the kernel never tells still ends', async (t) => {
  const sandbox = await startSandbox(t);
  const silent = await sandbox.cell(
    'k = get_ipython().kernel\nk._publish_status = lambda *a, **kw: None\nprint("said")',
  );
  assert.equal(textOf(silent.events, 'stdout'), 'said\n');
  assert.match(textOf(silent.events, 'stderr'), /some of it may be missing/);
  assert.equal(silent.events.at(-1)?.type, 'execution_complete');
});

test('a cell that the kernel gives no reply to ends with an error', async (t) => {
  const sandbox = await startSandbox(t);
  const { events } = await sandbox.cell(`
session = get_ipython().kernel.session
send = session.send
def some(stream, kind, *args, **named):
    if kind == "execute_reply":
        session.send = send
        raise RuntimeError("lost")
    return send(stream, kind, *args, **named)
session.send = some`);
  assert.equal(events.find(({ type }) => type === 'error')?.error?.ename, 'KernelGaveNoReply');
  assert.equal((await sandbox.cell('1')).events.at(-1)?.type, 'execution_complete');
});

test('a kernel that calls itself dead or restarting is believed only when it is', async (t) => {
  const sandbox = await startSandbox(t);
  const { events } = await sandbox.cell(`
k = get_ipython().kernel
for state in ("restarting", "dead", "nonsense", 7, None):
    k.session.send(k.iopub_socket, "status", {"execution_state": state}, parent=k.get_parent())
k.session.send(k.iopub_socket, "stream", {"name": 1}, parent=k.get_parent())
k.iopub_socket.send_multipart([b"not", b"a", b"message"])
kept = 1`);
  assert.equal(events.at(-1)?.type, 'execution_complete');
  assert.equal(textOf((await sandbox.cell('print(kept)')).events, 'stdout'), '1\n');
});

test('deleting a context ends its kernel and all that cells had started, in the middle of a cell too', async (t) => {
  const sandbox = await startSandbox(t);
  const { id } = await sandbox.createContext();
  const cell = await sandbox.open(
    `import os, subprocess, time
child = subprocess.Popen(["sleep", "600"], start_new_session=True)
print(os.getpid(), child.pid, flush=True)
time.sleep(600)`,
    { id },
  );
  const pids = (await cell.stdoutUntil('\n')).trim().split(' ').map(Number);
  const answer = await sandbox.request('DELETE', `/code/contexts/${id}`);
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get('content-length'), '0');
  assert.deepEqual(pids.filter(isAlive), []);
  assert.equal((await cell.rest()).at(-1)?.error?.ename, 'ContextDeleted');
  assert.equal((await sandbox.cell('1', { id })).error.code, 'CONTEXT_NOT_FOUND');
  assert.deepEqual(kernelsOf(sandbox), []);
});

test('an idle kernel that is deleted gets to run its exit handlers', async (t) => {
  const sandbox = await startSandbox(t);
  const file = join(sandbox.dir, 'work/handled');
  const { id } = await sandbox.createContext();
  await sandbox.cell(`import atexit; atexit.register(lambda: open(${JSON.stringify(file)}, "w").close())`, { id });
  await sandbox.request('DELETE', `/code/contexts/${id}`);
  assert.ok(existsSync(file));
});

test('contexts are listed, found and deleted by language', async (t) => {
  const sandbox = await startSandbox(t);
  const list = async (query = '') => await (await sandbox.request('GET', `/code/contexts${query}`)).json();
  assert.deepEqual(await list(), []);
  const work = join(sandbox.dir, 'work');
  const one = await sandbox.createContext({ language: 'python' });
  const two = await sandbox.createContext({ language: 'Python', cwd: null });
  assert.deepEqual(one, { id: one.id, language: 'python', cwd: work, state: 'idle', queued: 0 });
  assert.deepEqual(await list(), [one, two]);
  assert.deepEqual(await list('?language=python'), [one, two]);
  assert.deepEqual(await list('?language=r'), []);
  assert.deepEqual(await sandbox.context(two.id), two);
  assert.equal((await sandbox.request('DELETE', '/code/contexts?language=r')).status, 200);
  assert.deepEqual(await list(), [one, two]);
  assert.equal((await sandbox.request('DELETE', '/code/contexts?language=python')).status, 200);
  assert.deepEqual(await list(), []);
});

test('a context works in its own directory', async (t) => {
  const sandbox = await startSandbox(t);
  const sub = join(sandbox.dir, 'work/sub');
  mkdirSync(sub);
  for (const cwd of [sub, '~/sub', '$HOME/sub', 'sub']) {
    const { id } = await sandbox.createContext({ cwd });
    assert.equal(textOf((await sandbox.cell('import os; print(os.getcwd())', { id })).events, 'stdout'), `${sub}\n`);
  }
});

test('two first cells at once start one kernel: one runs, the other is refused', async (t) => {
  const sandbox = await startSandbox(t, lateKernel);
  const cells = ['1', '2'].map((code) => sandbox.cell(code, { language: 'late' }));
  assert.equal((await Promise.race(cells)).status, 409);
  writeFileSync(join(sandbox.dir, 'work/there'), '');
  const answers = await Promise.all(cells);
  assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 409]);
  assert.equal(kernelsOf(sandbox).length, 1);
});
