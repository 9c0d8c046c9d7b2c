import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { startAgent } from '../../support/agent.ts';
import { until } from '../../support/until.ts';
import { failure, makeSession, sleepers, sleeping } from './session-client.ts';

/** State of every kind. */
const fill = `f() { echo "f of $1"; }; alias greet='echo greetings'; plain='one two'; export sent=2; declare -A map=([a]=b)
shopt -s extglob; set -o pipefail; trap 'echo usr1' USR1; umask 027; declare -r fixed=1; readonly -f f; cd /usr`;
const tell = `echo "$PWD $plain $sent \${map[a]} $fixed"; f x; greet; shopt -q extglob && shopt -qo pipefail && umask; kill -USR1 $$`;
const told = '/usr one two 2 b 1\nf of x\ngreetings\n0027\nusr1';

for (const [how, command, code, changes] of [
  ['exit', 'cd /var; plain=changed; exit 3', '3', true],
  ['exit in a function', 'g() { cd /var; plain=changed; exit 4; }; g; echo no', '4', true],
  ['exit in a sourced file', 'cd /var; plain=changed; source <(echo "exit 5"); echo no', '5', true],
  ['errexit', 'cd /var; plain=changed; set -e; (exit 6); echo no', '6', true],
  ['exit by an EXIT trap of the user’s', 'trap "echo bye" EXIT; cd /var; plain=changed; exit 7', '7', false],
  ['another program in its place', 'cd /var; plain=changed; exec sh -c "exit 8"', '8', false],
  ['SIGKILL', 'cd /var; plain=changed; kill -KILL $$; echo no', '-1', false],
] as const) {
  test(`a run that ends the shell, by ${how}, says so, and the next has ${changes ? 'all its state' : 'the state of before'}`, async (t) => {
    const session = await makeSession(await startAgent(t));
    await session.run(fill);
    const run = await session.run(command);
    const { evalue, words } = failure(run);
    assert.equal(evalue, code);
    assert.match(words, /The shell ended with this run/);
    const { restarted } = run.events.at(-2)!;
    assert.equal(restarted?.kept, changes ? 'state' : 'earlier');
    assert.equal(run.stdout, how.includes('trap') ? 'bye' : '');
    const now = changes ? told.replace('/usr one two', '/var changed') : told;
    assert.equal((await session.run('set +e', {})).exitCode, 0);
    assert.equal((await session.run(tell)).stdout, now);
    assert.equal((await session.state()).restarts, 1);
  });
}

test('exit 0 is a success, of which is said that the shell is a new one', async (t) => {
  const session = await makeSession(await startAgent(t));
  const { events } = await session.run('x=1; exit');
  assert.deepEqual(
    events.map(({ type }) => type),
    ['init', 'restarted', 'execution_complete'],
  );
  assert.equal((await session.run('echo $x')).stdout, '1');
});

test('every way to end is one last event', async (t) => {
  const session = await makeSession(await startAgent(t));
  for (const [command, evalue] of [
    ['false', '1'],
    ['(exit 255)', '255'],
    ['no-such-program', '127'],
    ['/', '126'],
    ['sh -c "kill -SEGV $$$$"; sh -c \'kill -KILL $$\'', '137'],
    ['set -u; echo $undefined', '1'],
    ['set +u; echo $((1/0))', '1'],
    ['kill -INT $$; echo no', '130'],
    ['kill -TERM $$; (exit 9)', '9'],
  ] as const) {
    const run = await session.run(command);
    assert.equal(failure(run).evalue, evalue, command);
    assert.equal(run.events.filter(({ type }) => ['error', 'execution_complete'].includes(type)).length, 1);
  }
});

test('what runs in the background outlives a shell that ends, and ends with the session', async (t) => {
  const agent = await startAgent(t);
  const session = await makeSession(agent, { cwd: agent.dir });
  await session.run('sleep 1001 & setsid sleep 1002 & exit 1');
  await session.run('(sleep 1003 &) ; kill -9 $$');
  await session.run('sleep 1004 & true');
  await sleeping('1001', '1002', '1003', '1004');
  assert.equal((await session.delete()).status, 200);
  assert.deepEqual(sleepers(), []);
});

test('a shell that ends between two runs is replaced, which the next run tells at its beginning', async (t) => {
  const agent = await startAgent(t);
  const session = await makeSession(agent);
  await session.run('x=1; cd /usr');
  const { stdout } = await session.run('echo $$');
  process.kill(Number(stdout), 'SIGKILL');
  const { spool } = agent.config;
  const hasEnded = () => readdirSync(spool).some((id) => existsSync(join(spool, id, 'status')));
  await until(hasEnded, 'its end is told');
  const { events } = await session.run('echo $x $PWD');
  const [, second, third] = events;
  assert.deepEqual([second?.type, second?.restarted?.kept], ['restarted', 'state']);
  assert.equal(third?.text, '1 /usr');
});

test('state that is larger than is kept does not keep the session from going on', async (t) => {
  const session = await makeSession(await startAgent(t));
  await session.run('small=1; export sent=2; cd /usr; big=$(head -c 3000000 /dev/zero | tr "\\0" x)');
  assert.equal((await session.run(`echo \${#big}`)).stdout, '3000000');
  const { events } = await session.run('exit 1');
  assert.equal(events.at(-2)!.restarted?.kept, 'directory');
  assert.equal((await session.run(`echo "$PWD $small \${#big}"`)).stdout, '/usr  0');
});

test('a directory that is gone is no reason not to go on', async (t) => {
  const agent = await startAgent(t);
  const session = await makeSession(agent, { cwd: join(agent.dir, 'gone') });
  await session.run('rmdir "$PWD"; exit 1');
  const { exitCode, stdout } = await session.run('echo here; cd /');
  assert.deepEqual([stdout, exitCode], ['here', 0]);
});
