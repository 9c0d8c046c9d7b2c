import assert from 'node:assert/strict';
import { chownSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { buildInit } from './binary.ts';
import { Runner } from './runner.ts';

const root = process.getuid!() === 0;
const asRoot = { skip: root ? false : 'only root can become somebody else' };
const user = ['--uid', '61000', '--gid', '61001', '--groups', '61003,61002'];
const facts = ['cat', '/proc/self/status'];

let init = '';
before(() => {
  init = buildInit();
});

/** What /proc says of a process: its fields by name. */
function parse(status: string): Map<string, string> {
  return new Map(status.split('\n').map((line) => line.split(':\t', 2).map((part) => part.trim()) as [string, string]));
}

test('a command has exactly the user, group and groups it was given', asRoot, async (t) => {
  const runner = await Runner.start(t, init, facts, { args: user });
  await runner.status();
  const status = parse(runner.output().stdout);
  assert.equal(status.get('Uid'), '61000\t61000\t61000\t61000');
  assert.equal(status.get('Gid'), '61001\t61001\t61001\t61001');
  assert.equal(status.get('Groups'), '61002 61003');
  assert.equal(status.get('CapEff'), '0'.repeat(16));
});

test('a command can open its own streams by their names, whoever it is', asRoot, async (t) => {
  const script = 'echo out >/dev/stdout; echo err >/dev/stderr; cat /dev/stdin';
  const runner = await Runner.start(t, init, ['sh', '-c', script], { args: user });
  assert.equal((await runner.status()).code, 0);
  assert.deepEqual(runner.output(), { stdout: 'out\n', stderr: 'err\n' });
  const reads = await Runner.start(t, init, ['sh', '-c', 'read line </dev/stdin; echo "$line"'], {
    args: [...user, '--input'],
  });
  reads.type('typed\n');
  await reads.says('typed');
});

for (const groups of [[], ['--groups', '-']]) {
  test(`without groups (${groups.join(' ') || 'no option'}) it has none, not root's`, asRoot, async (t) => {
    const runner = await Runner.start(t, init, facts, { args: ['--uid', '61000', '--gid', '61001', ...groups] });
    await runner.status();
    assert.equal(parse(runner.output().stdout).get('Groups'), '');
  });
}

for (const id of ['0', '61000']) {
  test(`with --no-capabilities user ${id} has none, and no program can give it any`, asRoot, async (t) => {
    const args = ['--uid', id, '--gid', id, '--no-capabilities'];
    const runner = await Runner.start(t, init, facts, { args });
    await runner.status();
    const status = parse(runner.output().stdout);
    for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'])
      assert.equal(status.get(set), '0'.repeat(16), set);
  });
}

test('the directory is entered with the rights of the user', asRoot, async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'cubby-private-'));
  t.after(() => rmSync(dir, { recursive: true }));
  const run = async () => (await Runner.start(t, init, ['true'], { args: [...user, '--cwd', dir] })).status();
  assert.equal((await run()).error, 'chdir: Permission denied');
  chownSync(dir, 61000, 61001);
  assert.equal((await run()).reason, 'exited');
});

/** init as root without SETPCAP, as in a container that was made without it. */
function withoutSetpcap(args: string[]): [string, string[]] {
  return ['setpriv', ['--bounding-set=-setpcap', '--inh-caps=-all', ...args]];
}

test('root whose bounding set can not be emptied never runs', asRoot, async (t) => {
  const [program, args] = withoutSetpcap([init]);
  const runner = await Runner.start(t, program, facts, { before: args, args: ['--no-capabilities'] });
  const { reason, error } = await runner.status();
  assert.deepEqual([reason, error], ['failed', 'prctl(PR_CAPBSET_DROP): Operation not permitted']);
});

test(
  'any other user then gets no_new_privs, so that no program gives it a capability or another user',
  asRoot,
  async (t) => {
    const [program, args] = withoutSetpcap([init]);
    const runner = await Runner.start(t, program, facts, { before: args, args: [...user, '--no-capabilities'] });
    await runner.status();
    const status = parse(runner.output().stdout);
    assert.deepEqual([status.get('NoNewPrivs'), status.get('CapPrm')], ['1', '0'.repeat(16)]);
  },
);

test('who may not become somebody else is told which call was refused', asRoot, async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'cubby-user-'));
  chownSync(dir, 61000, 61001);
  t.after(() => rmSync(dir, { recursive: true }));
  const before = ['--reuid=61000', '--regid=61001', '--clear-groups', init];
  const run = async (args: string[]) =>
    (await Runner.start(t, 'setpriv', ['true'], { before, args, spool: dir, owner: [61000, 61001] })).status();
  assert.equal((await run(['--uid', '0', '--gid', '61001'])).error, 'setresuid: Operation not permitted');
  assert.equal((await run(['--uid', '61000', '--gid', '0'])).error, 'setresgid: Operation not permitted');
  assert.equal((await run(user)).error, 'setgroups: Operation not permitted');
  // Who one is already needs no right.
  assert.equal((await run(['--uid', '61000', '--gid', '61001', '--no-capabilities'])).reason, 'exited');
});
