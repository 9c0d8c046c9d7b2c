import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { buildInit } from './binary.ts';
import { Runner } from './runner.ts';

let init = '';
before(() => {
  init = buildInit();
});

for (const code of [0, 1, 7, 126, 255]) {
  test(`a command that exits with ${code} has ended with ${code}`, async (t) => {
    const before = Date.now();
    const runner = await Runner.start(t, init, ['sh', '-c', `exit ${code}`]);
    const { started, ended, maxrss, cpu, ...status } = await runner.status();
    assert.deepEqual(status, { reason: 'exited', code, signal: 0, error: '', position: 0 });
    assert.ok(started >= before - 1 && ended >= started && ended <= Date.now());
    assert.ok(maxrss! > 0 && cpu! >= 0);
    await runner.gone();
  });
}

for (const signal of [1, 2, 6, 9, 11, 15]) {
  test(`a command that signal ${signal} ended says so`, async (t) => {
    const runner = await Runner.start(t, init, ['sh', '-c', `ulimit -c 0; kill -${signal} $$`]);
    const status = await runner.status();
    assert.deepEqual([status.reason, status.code, status.signal], ['signaled', -1, signal]);
  });
}

const failures: [string, string[], string[], string][] = [
  ['a program that does not exist', ['/no/such/program'], [], 'exec: No such file or directory'],
  ['a file that is not executable', ['/etc/passwd'], [], 'exec: Permission denied'],
  ['a working directory that does not exist', ['true'], ['--cwd', '/no/such'], 'chdir: No such file or directory'],
  ['a working directory that is a file', ['true'], ['--cwd', '/etc/passwd'], 'chdir: Not a directory'],
];
for (const [what, command, args, error] of failures) {
  test(`${what} is told as the reason why a command never ran`, async (t) => {
    const status = await (await Runner.start(t, init, command, { args })).status();
    assert.deepEqual([status.reason, status.code, status.signal, status.error], ['failed', -1, 0, error]);
  });
}

test('a program is found on the PATH of its own environment', async (t) => {
  const runner = await Runner.start(t, init, ['true'], { env: { PATH: '/no/such' } });
  assert.equal((await runner.status()).reason, 'failed');
});

test('a command sees the environment and directory it was given, and nothing of the runner', async (t) => {
  const script = 'tr "\\0" "\\n" </proc/self/environ; pwd; cat /proc/self/oom_score_adj; ps -o pid=,sid=,pgid= -p $$';
  const runner = await Runner.start(t, init, ['sh', '-c', script], {
    args: ['--cwd', '/usr'],
    env: { A: 'one line', PATH: '/usr/bin:/bin' },
  });
  await runner.status();
  const lines = runner.output().stdout.trim().split('\n');
  assert.deepEqual(lines.slice(0, 4).sort(), ['/usr', '1000', 'A=one line', 'PATH=/usr/bin:/bin']);
  assert.deepEqual(lines[4]!.trim().split(/ +/).map(Number), [runner.pid, runner.pid, runner.pid]);
});

test('a command has three descriptors', async (t) => {
  const runner = await Runner.start(t, init, ['sh', '-c', 'ls -l /proc/$$/fd']);
  await runner.status();
  assert.deepEqual(
    [...runner.output().stdout.matchAll(/ (\d+) -> (\S+)/g)].map(([, fd, to]) => `${fd} ${to!.replace(/\[\d+\]/, '')}`),
    ['0 /dev/null', '1 pipe:', '2 pipe:'],
  );
});

test('a command has no blocked signals and no ignored ones', async (t) => {
  const runner = await Runner.start(t, init, ['grep', '-E', '^Sig(Blk|Ign)', '/proc/self/status']);
  await runner.status();
  assert.match(runner.output().stdout, /SigBlk:\t0{16}\nSigIgn:\t0{16}/);
});

test('the runner lets go of its starter: standard streams, descriptors, directory and process group', async (t) => {
  const runner = await Runner.start(t, init, ['sleep', '60']);
  const pid = String(runner.child.pid);
  const files = spawnSync('ls', ['-l', `/proc/${pid}/fd`, `/proc/${pid}/cwd`], { encoding: 'utf8' }).stdout;
  for (const fd of [0, 1, 2]) assert.match(files, new RegExp(` ${fd} -> /dev/null`));
  assert.match(files, /cwd -> \/\n/);
  assert.equal(spawnSync('ps', ['-o', 'sid=', '-p', pid], { encoding: 'utf8' }).stdout.trim(), pid);
});

const mistakes: [string[], RegExp][] = [
  [[], /--dir is missing/],
  [['--dir', '/tmp', 'true'], /true: unknown option/],
  [['--dir', '/no/such', '--', 'true'], /\/no\/such: No such file/],
  [['--dir', '/tmp', '--'], /expected -- and a command/],
  [['--dir', '/tmp', '--cwd'], /--cwd: .*value is missing/],
  [['--what', '1', '--', 'true'], /--what: unknown option/],
  [['--timeout', '-1', '--', 'true'], /--timeout: expected a number/],
  [['--timeout', '1e3', '--', 'true'], /--timeout: expected a number/],
  [['--timeout', '', '--', 'true'], /--timeout: expected a number/],
  [['--grace', '99999999999999999999', '--', 'true'], /--grace: expected a number/],
  [['--ring', '100', '--', 'true'], /--ring: expected a number from 65536/],
  [['--terminal', '80', '--', 'true'], /--terminal: expected columns and rows/],
  [['--terminal', '80x0', '--', 'true'], /--terminal: expected columns and rows/],
  [['--terminal', '65536x24', '--', 'true'], /--terminal: expected columns and rows/],
  [['--uid', '1', '--', 'true'], /--uid and --gid go together/],
  [['--uid', '4294967295', '--gid', '1', '--', 'true'], /--uid: expected a user id/],
  [['--uid', '1', '--gid', '1', '--groups', '1,,2', '--', 'true'], /--groups: expected/],
  [['--groups', '1', '--', 'true'], /--groups only with them/],
];
for (const [args, message] of mistakes) {
  test(`init run ${args.join(' ')} is refused in one line`, () => {
    const { status, stdout, stderr } = spawnSync(init, ['run', ...args], { encoding: 'utf8' });
    assert.deepEqual([status, stdout], [1, '']);
    assert.match(stderr, message);
    assert.match(stderr, /^[^\n]+\n$/);
  });
}

test('a directory that is in use already is refused, and what is in it stays', (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'cubby-run-'));
  t.after(() => rmSync(dir, { recursive: true }));
  const run = () => spawnSync(init, ['run', '--dir', dir, '--', 'true'], { encoding: 'utf8' });
  assert.equal(run().status, 0);
  const files = readdirSync(dir).sort();
  assert.deepEqual(files, ['bell', 'ctl', 'ring', 'status']);
  const again = run();
  assert.equal(again.status, 1);
  assert.match(again.stderr, new RegExp(`${dir}/bell: File exists`));
  assert.deepEqual(readdirSync(dir).sort(), files);
});
