import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, type TestContext, test } from 'node:test';
import { descendants } from '../../support/processes.ts';
import { until } from '../../support/until.ts';
import { buildInit } from './binary.ts';
import { Runner } from './runner.ts';

let init = '';
before(() => {
  init = buildInit();
});

/** Forks the command and becomes its runner; with `late` not before it has ended. */
const adoptive = `
import ctypes, os, signal, sys
ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER
signal.signal(signal.SIGINT, signal.SIG_DFL)
init, late, *words = sys.argv[1:]
at = words.index("--")
pipes = [os.pipe(), os.pipe()]
child = os.fork()
if child == 0:
    os.setsid()
    for fd, (_, end) in enumerate(pipes, 1): os.dup2(end, fd)
    for fd in sum(pipes, ()): os.close(fd)
    os.execvp(words[at + 1], words[at + 1:])
if late: os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
ends = [os.dup(os.dup(read)) for read, _ in pipes]
for fd, end in enumerate(ends, 3): os.dup2(end, fd)
os.execv(init, [init, *words[:at], "--child", str(child)])`;
const python = process.env.CUBBY_TEST_PYTHON ?? '/usr/bin/python3';

function start(t: TestContext, command: string[], { args = [] as string[], late = false } = {}): Promise<Runner> {
  return Runner.start(t, python, command, { before: ['-c', adoptive, init, late ? 'late' : ''], args });
}

test('a child that was there before is watched over as any command: output, exit code, descriptors', async (t) => {
  const runner = await start(t, ['sh', '-c', 'echo out; echo err >&2; exit 7']);
  const status = await runner.status();
  assert.deepEqual([status.reason, status.code, status.signal, status.position], ['exited', 7, 0, 8]);
  assert.deepEqual(runner.output(), { stdout: 'out\n', stderr: 'err\n' });
  await runner.gone();
});

test('a child that had ended before it was taken over is told of all the same', async (t) => {
  const status = await (await start(t, ['sh', '-c', 'exit 3'], { late: true })).status();
  assert.deepEqual([status.reason, status.code], ['exited', 3]);
});

test('the signal that ended it is told', async (t) => {
  const status = await (await start(t, ['sh', '-c', 'ulimit -c 0; kill -11 $$'])).status();
  assert.deepEqual([status.reason, status.code, status.signal], ['signaled', -1, 11]);
});

test('signals reach its process group, and kill ends everything below it', async (t) => {
  const runner = await start(t, [
    'sh',
    '-c',
    'trap "echo interrupted" INT; setsid sleep 600 & echo $!; while :; do sleep 601; done',
  ]);
  await runner.says('\n');
  const left = Number(runner.output().stdout);
  // A shell that has yet to fork what it waits for would wait for that in spite of the signal.
  await until(() => sleeping(runner).join() === 'sleep 600,sleep 601', 'both sleep');
  assert.ok(runner.tell('signal 2'));
  await runner.says('interrupted');
  assert.ok(runner.tell('kill now'));
  assert.equal((await runner.status()).reason, 'killed');
  await runner.gone();
  await until(() => !existsSync(`/proc/${left}`), 'what it had started is gone');
});

test('what it leaves behind keeps the runner', async (t) => {
  const runner = await start(t, ['sh', '-c', 'sleep 600 & echo $!']);
  assert.equal((await runner.status()).reason, 'exited');
  const pid = Number(runner.output().stdout);
  await until(() => stat(pid).includes(`) S ${runner.child.pid} `), 'it is the runner’s');
  assert.ok(runner.tell('kill now'));
  await runner.gone();
  await until(() => !existsSync(`/proc/${pid}`), 'it was ended too');
});

test('the runner has no more descriptors than any other', async (t) => {
  const runner = await start(t, ['sleep', '600']);
  const files = spawnSync('ls', ['-l', `/proc/${runner.child.pid}/fd`], { encoding: 'utf8' }).stdout;
  assert.equal(files.match(/-> pipe:/g)?.length, 2);
  for (const fd of [0, 1, 2]) assert.match(files, new RegExp(` ${fd} -> /dev/null`));
  assert.equal(readFileSync(`/proc/${runner.child.pid}/oom_score_adj`, 'utf8').trim(), '0');
});

for (const [what, options, words] of [
  ['a process that is no child', ['--child', '$$'], /--child \d+: waitid: No child processes/],
  ['a number that is none', ['--child', '0'], /--child: expected a number from 2/],
  ['something that is said about how to start it', ['--child', '2', '--cwd', '/'], /it was started already/],
  ['a command', ['--child', '2', '--', 'true'], /it was started already/],
] as const) {
  test(`${what} is refused in a line`, (t) => {
    const dir = mkdtempSync(join(tmpdir(), 'cubby-adopt-'));
    t.after(() => rmSync(dir, { recursive: true }));
    const { status, stderr } = spawnSync('sh', ['-c', `exec "$0" run --dir "$1" ${options.join(' ')}`, init, dir], {
      encoding: 'utf8',
    });
    assert.equal(status, 1);
    assert.match(stderr, words);
    assert.equal(stderr.trim().split('\n').length, 1);
  });
}

function sleeping(runner: Runner): string[] {
  const commands = descendants(runner.child.pid!).map(({ command }) => command);
  return commands.filter((command) => command.startsWith('sleep ')).sort();
}

function stat(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return '';
  }
}
