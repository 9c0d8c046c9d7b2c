import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import { follow } from '../../../agent/processes/follow.ts';
import { order } from '../../../agent/processes/orders.ts';
import type { RunningProcess } from '../../../agent/processes/process.ts';
import { Ring, RingClosed } from '../../../agent/processes/ring.ts';
import { descendants } from '../../support/processes.ts';
import { until } from '../../support/until.ts';
import { makeSpool, outputOf } from './spool.ts';

const signal = new AbortController().signal;

test('a process is followed to its end on a machine whose watches are used up', async () => {
  // A user namespace has a limit of its own, so nobody else notices; in the inner one this is nobody in particular.
  const inner = ['unshare', '--user', '--map-user=1000', '--map-group=1000', process.execPath];
  const program = join(import.meta.dirname, 'without-watches.ts');
  const { stdout } = await promisify(execFile)('unshare', [
    '--user',
    '--map-root-user',
    'sh',
    '-c',
    'echo 0 > /proc/sys/user/max_inotify_instances && exec "$@"',
    'sh',
    ...inner,
    program,
  ]);
  assert.deepEqual(JSON.parse(stdout), { watches: 'EMFILE', output: 'first\nsecond\n', code: 7 });
});

test('a process whose runner was killed has ended, and all that it had put out is there', async (t) => {
  const { launch } = makeSpool(t);
  const started = await launch('echo before; exec sleep 1000');
  const output = outputOf(started);
  await until(() => started.ring.state().stdout === 7, 'the output is there');
  const { runner, command } = pidsOf(started);
  process.kill(runner, 'SIGKILL');
  t.after(() => endIfThere(command));
  assert.equal(await output, 'before\n');
  const { reason, code, position } = await started.ended;
  assert.deepEqual([reason, code, position], ['lost', -1, 7]);
});

test('a runner that was killed is missed by an agent that did not start it', async (t) => {
  const { launch, processes } = makeSpool(t);
  const started = await launch('echo before; exec sleep 1000');
  await until(() => started.ring.state().stdout === 7, 'it runs');
  const { runner, command } = pidsOf(started);
  t.after(() => endIfThere(command));
  const adopted = processes.adopt(started.id);
  t.after(() => adopted.close());
  assert.equal(adopted.status, undefined);
  process.kill(runner, 'SIGKILL');
  assert.equal((await adopted.ended).reason, 'lost');
});

test('a runner that was stopped is not taken for dead, however much it is told', async (t) => {
  const { launch } = makeSpool(t);
  const cwd = makeDirectory(t);
  execFileSync('mkfifo', [join(cwd, 'fifo')]);
  const started = await launch('echo begun; read line < fifo; echo done', { cwd });
  await until(() => started.ring.state().stdout === 6, 'it runs');
  const { runner } = pidsOf(started);
  process.kill(runner, 'SIGSTOP');
  // More than its pipe takes.
  for (let count = 0; count < 20_000; count += 1) assert.equal(order(started.dir, 'hold'), true);
  started.checkRunner();
  assert.equal(started.status, undefined);
  assert.equal(await started.end(1), false);
  process.kill(runner, 'SIGCONT');
  writeFileSync(join(cwd, 'fifo'), '\n');
  assert.equal(await outputOf(started), 'begun\ndone\n');
});

test('what was forgotten is read no more: the number of its file may be another’s by then', async (t) => {
  const { launch } = makeSpool(t);
  const started = await launch('echo text; exec sleep 1000');
  await until(() => started.ring.state().stdout > 0, 'the output is there');
  const reading = follow(started, { signal });
  await reading.next();
  const waiting = reading.next();
  started.kill(true);
  await started.end(60_000);
  assert.equal((await waiting).done, true);
  const late = follow(started, { signal });
  await late.next();
  started.close();
  started.close();
  assert.equal((await late.next()).done, true, 'it had all there was');
  await assert.rejects(follow(started, { signal }).next(), RingClosed);
  // Nobody's to hold any more.
  started.hold(5);
  started.hold(undefined);
});

test('a reader that waits when its process is forgotten is broken off', async (t) => {
  const { launch, processes } = makeSpool(t);
  const started = await launch('echo text; exec sleep 1000');
  const adopted = processes.adopt(started.id);
  const reading = follow(adopted, { signal });
  await reading.next();
  const waiting = reading.next();
  adopted.close();
  await assert.rejects(waiting, RingClosed);
});

test('what a process left running puts out after its end is read only by who asks for it', async (t) => {
  const { launch } = makeSpool(t);
  const cwd = makeDirectory(t);
  const started = await launch('(while [ ! -e go ]; do sleep 0.01; done; echo late) & echo text', { cwd });
  // This reader is there the whole time, and must not see more than one that comes later.
  const reading = follow(started, { signal });
  const first = await reading.next();
  assert.equal(first.value!.records[0]!.data.toString(), 'text\n');
  await started.ended;
  writeFileSync(join(cwd, 'go'), '');
  await until(() => started.ring.state().stdout === 10, 'the late output is there');
  assert.equal((await reading.next()).done, true);
  assert.equal(await outputOf(started), 'text\n');
  assert.equal(await outputOf(started, { beyondEnd: true }), 'text\nlate\n');
});

test('a reader is given what is still whole when the writer overtakes it in the middle of a read', async (t) => {
  const { launch } = makeSpool(t);
  const started = await launch('yes 0123456789', { ringBytes: 64 * 1024 });
  const ring = new Ring(started.dir);
  t.after(() => ring.close());
  await until(() => ring.state().tail > 0, 'the writer is in its second lap');
  let position = 0;
  let from = 0;
  const readSome = () => {
    const { records, next } = ring.read(from);
    for (const record of records) {
      assert.ok(record.position >= position, 'positions grow');
      assert.equal(record.stream, 'stdout');
      for (const [at, byte] of [record.data[0], record.data.at(-1)].entries()) {
        const place = (record.position + (at === 0 ? 0 : record.data.length - 1)) % 11;
        assert.equal(byte, place === 10 ? 10 : 48 + place);
      }
      position = record.position + record.data.length;
    }
    from = next;
    return position > 64 * 1024 * 1024;
  };
  await until(() => Array.from({ length: 100 }, readSome).some(Boolean), 'it has written much');
});

test('the end of a tree is told when the last of it is gone, though it had ended before', async (t) => {
  const { launch } = makeSpool(t);
  const started = await launch(`(trap '' TERM; while :; do sleep 0.01; done) & true`, { graceMs: 50 });
  await started.ended;
  assert.equal(started.hasRunner, true);
  await started.end(60_000);
  assert.equal(started.hasRunner, false);
  assert.deepEqual(processesBelow(started), []);
});

test('a process that can’t be started leaves nothing in the spool', async (t) => {
  const { launch, processes } = makeSpool(t);
  const dir = processes.directory('x');
  await assert.rejects(launch('true', { env: { A: 'x'.repeat(200_000) } }), { code: 'INVALID_REQUEST_BODY' });
  await assert.rejects(launch('true', { id: 'x', ringBytes: 2 ** 40 }), { code: 'RUNTIME_ERROR' });
  assert.equal(existsSync(dir), false);
  assert.deepEqual(readdirSync(join(dir, '..')), []);
});

/** A directory of this test's own. */
function makeDirectory(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'cubby-processes-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** Ends a process that nobody watches over any more; it may have written to nobody and ended by that. */
function endIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It is gone.
  }
}

/** Process ids of a runner and of its first process. */
function pidsOf(started: RunningProcess): { runner: number; command: number } {
  const runner = processesBelow(started)[0]!;
  return { runner, command: descendants(runner)[0]!.pid };
}

/** Processes whose command line names its directory. */
function processesBelow({ dir }: RunningProcess): number[] {
  return readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(dir);
      } catch {
        return false;
      }
    })
    .map(Number);
}
