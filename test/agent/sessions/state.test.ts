import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type NumberedEvent, startAgent, streamEvents } from '../../support/agent.ts';
import { Gate } from '../init/gate.ts';
import { makeSession } from './session-client.ts';

test('what a shell knows it knows in the next run: functions, aliases, variables, options, directory, jobs', async (t) => {
  const agent = await startAgent(t);
  const session = await makeSession(agent);
  await session.run(
    `f() { echo "f of $1"; }; alias greet='echo greetings'; plain=1; export sent=2; declare -A map=([a b]=c)`,
  );
  await session.run(
    'cd /usr; set -o pipefail; set -- one "two three"; sleep 1000 & trap "echo usr1" USR1; umask 027; exec 5<<<five; false',
  );
  const { stdout, exitCode, events } = await session.run(
    `echo "$? $PWD $plain \${map[a b]} $2"; f x; greet; sh -c 'echo $sent'; false | true; echo "pipefail $?"; jobs -r | wc -l; kill -USR1 $$; umask; cat <&5`,
  );
  assert.equal(stdout, '1 /usr 1 c two three\nf of x\ngreetings\n2\npipefail 1\n1\nusr1\n0027\nfive');
  assert.equal(exitCode, 0);
  assert.equal(events[0]!.text, session.id);
  const state = await session.state();
  assert.deepEqual([state.cwd, state.state, state.restarts, state.runs.length], ['/usr', 'idle', 0, 3]);
});

test('a command is read as it was typed: over several lines, with aliases of its own, and to where it makes no sense', async (t) => {
  const session = await makeSession(await startAgent(t));
  const several = await session.run(
    `alias hello='echo hello from'\nhello "two\nlines"\ncat <<'END'\n$literal \\ '"\nEND`,
  );
  assert.equal(several.stdout, 'hello from two\nlines\n$literal \\ \'"');
  for (const [command, words] of [
    ['echo one\necho (', 'syntax error near unexpected token'],
    ["echo one\necho 'open", 'unexpected EOF while looking for matching'],
    ['echo one\nif true; then', 'syntax error: unexpected end of file'],
    ['echo one\nno-such-program', 'no-such-program: command not found'],
  ] as const) {
    const { stdout, stderr, exitCode } = await session.run(command);
    assert.equal(stdout, 'one', command);
    assert.ok(stderr.includes(words), stderr);
    assert.notEqual(exitCode, 0);
  }
  assert.equal((await session.run('cat <<END\nno end')).stdout, 'no end');
  assert.equal((await session.run('return 7; echo no')).exitCode, 7);
  const long = `echo ${'x'.repeat(1_000_000)} | wc -c`;
  assert.equal((await session.run(long)).stdout.trim(), '1000001');
});

test('both streams are apart and in order, empty lines are lines, and binary output is whole', async (t) => {
  const session = await makeSession(await startAgent(t));
  const [one, two] = [new Gate(t), new Gate(t)];
  const response = await session.post(
    `echo one; read -r _ <${one.fifo}; echo two >&2; read -r _ <${two.fifo}; printf '\\n\\n\\000\\377\\nrest'`,
  );
  const events: NumberedEvent[] = [];
  for await (const event of streamEvents(response)) {
    events.push(event);
    // Two pipes have no order but that in which they are read.
    if (event.text === 'one') one.open();
    if (event.text === 'two') two.open();
  }
  assert.deepEqual(
    events.map(({ type, text, id }) => [id, type, type === 'init' ? '' : text]),
    [
      [0, 'init', ''],
      [4, 'stdout', 'one'],
      [8, 'stderr', 'two'],
      [9, 'stdout', '\n'],
      [10, 'stdout', '\n'],
      [13, 'stdout', '\0\uFFFD'],
      [18, 'stdout', 'rest'],
      [20, 'execution_complete', undefined],
    ],
  );
  const bytes = await session.run('head -c 3000000 /dev/urandom | base64 -w 100 | tee >(md5sum >&2); wait');
  assert.equal(bytes.stdout.length, 4_000_000 + 40_000 - 1);
});

test('a run has nothing to read, no terminal, and its streams back whatever the run before did to its own', async (t) => {
  const agent = await startAgent(t);
  const session = await makeSession(agent, { cwd: agent.dir });
  assert.deepEqual(await pick(session.run('cat; read -r line; echo "$?"; tty')), ['1\nnot a tty', '', 1]);
  assert.deepEqual(await pick(session.run('exec >file 2>&1 </etc/passwd; echo into the file')), ['', '', 0]);
  assert.deepEqual(await pick(session.run('echo out; echo err >&2; cat; cat file')), ['out\ninto the file', 'err', 0]);
  assert.deepEqual(await pick(session.run('exec >&- 2>&- <&- 250>&- 251>&-')), ['', '', 0]);
  assert.deepEqual(await pick(session.run('echo out; echo err >&2')), ['out', 'err', 0]);
  // Nothing but its own streams is open to what a run starts.
  assert.equal((await session.run('bash -c "ls /proc/self/fd" | tr "\\n" " "')).stdout.trim(), '0 1 2 3');
});

test('nothing of the shell’s own shows: no prompt, no job numbers, no traces, no names, no history', async (t) => {
  const agent = await startAgent(t, {});
  const home = join(agent.dir, 'home');
  mkdirSync(home);
  const session = await makeSession(agent, { cwd: agent.dir, envs: { HOME: home } });
  const before = await session.run('compgen -v; compgen -A function; alias; declare -F');
  assert.ok(!/cubby/i.test(before.stdout), before.stdout);
  assert.deepEqual(
    await pick(session.run('PS1="prompt> "; PS0="ps0> "; PROMPT_COMMAND="echo prompted"; sleep 0.01 &')),
    ['', '', 0],
  );
  assert.deepEqual(await pick(session.run('wait; echo done')), ['done', '', 0]);
  // A sign more for each level, and a run is two below what is typed.
  assert.deepEqual(await pick(session.run('set -x; cd /')), ['', '+++ cd /', 0]);
  assert.deepEqual(await pick(session.run('echo traced')), ['traced', '+++ echo traced', 0]);
  assert.deepEqual(await pick(session.run('set +x; set -v')), ['', '+++ set +x', 0]);
  assert.deepEqual(await pick(session.run('echo verbose\necho twice')), ['verbose\ntwice', 'echo twice', 0]);
  await session.run('set +v; history; echo one-for-the-history');
  assert.equal((await session.delete()).status, 200);
  assert.deepEqual(readdirSync(home), []);
});

test('a user who defines and unsets whatever they like does not take the session from themselves', async (t) => {
  const session = await makeSession(await startAgent(t));
  await session.run(
    `printf() { :; }; export() { :; }; cd() { builtin cd /; }; set_() { :; }; alias .='echo dot' builtin=false exec=false`,
  );
  await session.run('unset -f cd; for name in $(compgen -v); do unset "$name"; done 2>/dev/null; true');
  await session.run(`IFS=xyz; set -f; set -u; set -C; shopt -s failglob nullglob; set -o posix`);
  const { stdout, exitCode } = await session.run('echo here', { cwd: '/usr' });
  assert.deepEqual([stdout, exitCode], ['here', 0]);
  assert.equal((await session.state()).restarts, 0);
});

test('the directory of a session is made where it is missing, and a run can go elsewhere and take variables along', async (t) => {
  const agent = await startAgent(t);
  const dir = join(agent.dir, 'new', 'deep er');
  const session = await makeSession(agent, { cwd: dir, envs: { GIVEN: "it's\n$given" } });
  assert.ok(existsSync(dir));
  assert.equal((await session.run('pwd; echo "$GIVEN $IMAGE_ENV"')).stdout, `${dir}\nit's\n$given from the image`);
  const more = { cwd: '..', envs: { ONE: `'quoted' "$two" \\`, TWO: '' } };
  assert.equal(
    (await session.run('pwd; echo "$ONE"; env | grep -c ^TWO=$', more)).stdout,
    `${agent.dir}/new\n${more.envs.ONE}\n1`,
  );
  assert.equal((await session.run('pwd; echo "$ONE"')).stdout, `${agent.dir}/new\n${more.envs.ONE}`);
  const missing = await session.post('pwd', { cwd: 'missing' });
  assert.equal(missing.status, 400);
  assert.equal(((await missing.json()) as { code: string }).code, 'WORKING_DIRECTORY_NOT_FOUND');
  assert.equal((await session.run('rmdir "deep er"; cd /; rm -r "$OLDPWD"; pwd')).stdout, '/');
});

async function pick(run: Promise<{ stdout: string; stderr: string; exitCode: number | undefined }>) {
  const { stdout, stderr, exitCode } = await run;
  return [stdout, stderr, exitCode];
}
