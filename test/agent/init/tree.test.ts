import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { before, test } from 'node:test';
import { until } from '../../support/until.ts';
import { buildInit, buildProgram } from './binary.ts';
import { Gate } from './gate.ts';
import { Runner } from './runner.ts';

const root = process.getuid!() === 0;
const hiding = ['session', 'orphan', 'deaf', 'secret', 'headless', 'stopped'];
/** Milliseconds: enough to get ready in, on a machine that has much else to do. */
const timeout = 5000;

let init = '';
let nasty = '';
before(() => {
  init = buildInit();
  nasty = buildProgram('nasty.c');
});

/** Processes of the nasty program, whoever their parent is; the name is the one thing that none of them changes. */
function left(): number {
  return readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && statOf(pid).includes(`(${basename(nasty)})`)).length;
}

function statOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return '';
  }
}

for (const kind of hiding) {
  test(`kill ends a descendant that hides as ${kind}`, async (t) => {
    const runner = await Runner.start(t, init, [nasty, kind], { args: ['--grace', '50'] });
    await runner.says('ready');
    assert.ok(left() >= 2);
    runner.tell('kill');
    const { reason, code } = await runner.status();
    assert.deepEqual([reason, code, left()], ['killed', -1, 0]);
    await runner.gone();
  });
}

test('25 times out of 25 nothing is left of a tree with all of them and four that fork and exit for ever', async (t) => {
  for (let round = 1; round <= 25; round += 1) {
    const runner = await Runner.start(t, init, [nasty, ...hiding, ...Array(4).fill('hopper')]);
    await runner.says('ready');
    runner.tell('kill now');
    const { reason, signal } = await runner.status();
    assert.deepEqual([reason, signal, left()], ['killed', 9, 0], `round ${round}`);
    await runner.gone();
  }
});

test('a fork bomb at its limit of processes is ended', {
  skip: root ? false : 'needs a user of its own',
}, async (t) => {
  const runner = await Runner.start(t, init, ['prlimit', '--nproc=200', nasty, 'bomb', 'bomb'], {
    args: ['--uid', '61234', '--gid', '61234'],
  });
  await until(() => left() >= 150, 'the bomb has gone off');
  runner.tell('kill now');
  assert.equal((await runner.status()).reason, 'killed');
  assert.equal(left(), 0);
});

test('kill is polite first: a command that cleans up on SIGTERM is waited for', async (t) => {
  const script = 'trap "echo bye; exit 4" TERM; echo ready; while :; do sleep 0.01; done';
  const runner = await Runner.start(t, init, ['sh', '-c', script], { args: ['--grace', '20000'] });
  await runner.says('ready');
  runner.tell('kill');
  const { reason, code, signal } = await runner.status();
  assert.deepEqual([reason, code, signal, runner.output().stdout], ['killed', -1, 0, 'ready\nbye\n']);
});

test('a command that ignores SIGTERM has the grace that was given, and "kill now" cuts it short', async (t) => {
  const script = 'trap "" TERM; echo ready; while :; do sleep 0.01; done';
  const stubborn = (grace: number) => Runner.start(t, init, ['sh', '-c', script], { args: ['--grace', String(grace)] });
  const runner = await stubborn(300);
  await runner.says('ready');
  const asked = Date.now();
  runner.tell('kill');
  const { reason, signal, ended } = await runner.status();
  assert.deepEqual([reason, signal], ['killed', 9]);
  assert.ok(ended - asked >= 290, `${ended - asked} ms`);

  const cut = await stubborn(60_000);
  await cut.says('ready');
  cut.tell('kill');
  cut.tell('kill now');
  assert.equal((await cut.status()).signal, 9);
});

test('SIGTERM to the runner means kill', async (t) => {
  const runner = await Runner.start(t, init, ['sleep', '60']);
  runner.child.kill('SIGTERM');
  const { reason, signal } = await runner.status();
  assert.deepEqual([reason, signal], ['killed', 15]);
});

test('the time-out ends the whole tree with SIGKILL', async (t) => {
  const runner = await Runner.start(t, init, [nasty, ...hiding], { args: ['--timeout', String(timeout)] });
  await runner.says('ready');
  const { reason, code, signal, started, ended } = await runner.status();
  assert.deepEqual([reason, code, signal, left()], ['timeout', -1, 9, 0]);
  assert.ok(ended - started >= timeout - 10, `${ended - started} ms`);
});

test('the first reason wins: a time-out during the grace does not change that it was killed', async (t) => {
  const script = 'trap "" TERM; echo ready; while :; do sleep 0.01; done';
  const args = ['--timeout', String(timeout), '--grace', '600000'];
  const runner = await Runner.start(t, init, ['sh', '-c', script], { args });
  await runner.says('ready');
  runner.tell('kill');
  assert.equal((await runner.status()).reason, 'killed');
});

test('a time-out of 0 is none, and it does not reach what an ended command left behind', async (t) => {
  const none = await Runner.start(t, init, ['sleep', '0.3'], { args: ['--timeout', '0'] });
  assert.equal((await none.status()).reason, 'exited');
  const gate = new Gate(t);
  const script = '(read _ <"$0"; echo still here) & exit 0';
  const args = ['--timeout', String(timeout)];
  const runner = await Runner.start(t, init, ['sh', '-c', script, gate.fifo], { args });
  const { reason, started } = await runner.status();
  assert.equal(reason, 'exited');
  await until(() => Date.now() > started + timeout + 500, 'the time is over');
  gate.open();
  await runner.says('still here');
});

test('a server left behind lives on, its output is kept, and it can be killed later', async (t) => {
  const [end, serve] = [new Gate(t), new Gate(t)];
  const script = '(setsid sh -c "echo up; read _ <$1; echo served; exec sleep 60") & read _ <"$0"; exit 5';
  const runner = await Runner.start(t, init, ['sh', '-c', script, end.fifo, serve.fifo]);
  await runner.says('up');
  end.open();
  const { reason, code } = await runner.status();
  assert.deepEqual([reason, code], ['exited', 5]);
  serve.open();
  await runner.says('served');
  assert.equal(runner.tell('kill'), true);
  await runner.gone();
  assert.equal(runner.tell('kill'), false);
  assert.equal((await runner.status()).reason, 'exited');
});

test('the runner goes when the last descendant has, with all of its output', async (t) => {
  const runner = await Runner.start(t, init, ['sh', '-c', '(sleep 0.2; printf %100000s x) & exit 0']);
  await runner.gone();
  assert.equal(runner.output().stdout.length, 100_000);
});

test('a signal goes to the process group of the command only, and not to its successors', async (t) => {
  const script = `trap 'echo caught' USR1; setsid sh -c 'trap "echo wrong" USR1; echo other; while :; do sleep 0.01; done' &
    while :; do sleep 0.01; done`;
  const runner = await Runner.start(t, init, ['sh', '-c', script]);
  await runner.says('other');
  for (const line of [
    'signal 10',
    'signal 0',
    'signal 65',
    'signal -9',
    'signal',
    'signal 9x',
    'KILL',
    '',
    'x'.repeat(40_000),
  ])
    runner.tell(line);
  await runner.says('caught');
  assert.deepEqual([runner.output().stdout, runner.hasEnded], ['other\ncaught\n', false]);
  runner.tell('signal 9');
  const { reason, signal } = await runner.status();
  assert.deepEqual([reason, signal], ['signaled', 9]);
});

test('a command goes on when what started its runner is killed with its whole process group', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'cubby-run-'));
  t.after(() => rmSync(dir, { recursive: true }));
  const gate = new Gate(t);
  const script = '"$0" run --dir "$1" -- sh -c \'read _ <"$0"; echo done; exit 6\' "$2"; sleep 60';
  const parent = spawn('sh', ['-c', script, init, dir, gate.fifo], {
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [said] = await once(parent.stdout!, 'data');
  assert.match(String(said), /^ready \d+\n$/);
  process.kill(-parent.pid!, 'SIGKILL');
  await once(parent, 'exit');
  gate.open();
  await until(() => readdirSync(dir).includes('status'), 'the command has ended');
  const { reason, code, position } = JSON.parse(readFileSync(join(dir, 'status'), 'utf8'));
  assert.deepEqual([reason, code, position], ['exited', 6, 5]);
});
