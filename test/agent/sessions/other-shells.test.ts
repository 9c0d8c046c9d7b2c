import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Processes } from '../../../agent/processes/processes.ts';
import { runEvents } from '../../../agent/sessions/events.ts';
import type { Run } from '../../../agent/sessions/run.ts';
import type { Session } from '../../../agent/sessions/session.ts';
import { Sessions } from '../../../agent/sessions/sessions.ts';
import { callerOf } from '../../../agent/users/passwd.ts';
import { collect, readEvents } from '../../support/agent.ts';
import { pack } from '../../support/pack.ts';
import { descendants } from '../../support/processes.ts';
import { until } from '../../support/until.ts';
import { failure } from './session-client.ts';

/** Other shells than bash that this machine has; a sandbox without bash has one of these. */
const shells = [['/bin/sh'], ['/bin/busybox', 'sh'], ['/usr/bin/busybox', 'sh']].filter(([path]) => existsSync(path!));

/** A session with another shell than bash. */
async function startSession(t: TestContext, words: string[]): Promise<Session> {
  const dir = mkdtempSync(join(tmpdir(), 'cubby-sh-'));
  const spool = join(dir, 'spool');
  mkdirSync(spool, { mode: 0o711 });
  const processes = new Processes({ spool, init: join(pack, 'init'), ringBytes: 1024 * 1024, noCapabilities: false });
  const sessions = new Sessions({
    processes,
    spool,
    callerGraceMs: 1000,
    environ: { PATH: process.env.PATH! },
    keepHome: false,
    workdir: dir,
    caller: () => callerOf(process.getuid!(), process.getgid!()),
    shell: () => ({ words, isBash: false }),
  });
  const session = await sessions.create({});
  t.after(async () => {
    await sessions.delete(session.id);
    processes.close();
    await until(() => descendants(process.pid).length === 0, 'nothing runs');
    sessions.close();
    rmSync(dir, { recursive: true, force: true });
  });
  return session;
}

async function follow(run: Run) {
  const source = runEvents(run, { signal: new AbortController().signal, lineBytes: 65536 });
  const stream = ReadableStream.from(source).pipeThrough(new TextEncoderStream());
  return collect(await readEvents(new Response(stream)));
}

async function run(session: Session, command: string, more = {}) {
  return follow(await session.run({ command, ...more }));
}

for (const words of shells) {
  const name = words.join(' ');

  test(`in ${name} functions, aliases, variables, options and directory stay as well as in bash`, async (t) => {
    const session = await startSession(t, words);
    await run(
      session,
      `f() { echo "f of $1"; }; alias greet='echo greetings'; x='a b'; cd /usr; set -f; sleep 1000 & (exit 4)`,
    );
    const { stdout } = await run(session, 'echo "$? $PWD $x" *; f x; greet; kill -0 $!; echo $?');
    assert.equal(stdout.replaceAll(' ', ''), '4/usrab*\nfofx\ngreetings\n0');
    const given = await run(session, 'pwd; echo "$ONE"', { cwd: '/var', envs: { ONE: "it's" } });
    assert.equal(given.stdout, "/var\nit's");
  });

  test(`variables that are lent to a run of ${name} are what they were behind it`, async (t) => {
    const session = await startSession(t, words);
    await run(session, `one="it's\nme"; export two=2; set -u`);
    const lent = { one: "lent 'one'", two: 'lent', three: '3' };
    const tell = 'echo "$one $two $three"; env | grep -c -e "^one=" -e "^two=" -e "^three="';
    assert.equal((await run(session, tell, { lent })).stdout, "lent 'one' lent 3\n3");
    const back = `echo "$one $two \${three-none}"; env | grep -c -e "^one=" -e "^two=" -e "^three="`;
    assert.equal((await run(session, back)).stdout, "it's\nme 2 none\n1");
    const broken = await session.run({ command: 'one=changed; sleep 1000', lent });
    const events = follow(broken);
    await session.interrupt();
    await events;
    assert.equal((await run(session, back)).stdout, "it's\nme 2 none\n1");
    await run(session, 'exit 3', { lent });
    assert.equal((await run(session, `echo "\${one-none} $two \${three-none}"`)).stdout, 'none 2 none');
    assert.equal((await run(session, 'set | grep _cubby_ || echo no trace')).stdout, 'no trace');
  });

  test(`what breaks off a run of ${name} breaks off the run alone, and both streams are the next one’s`, async (t) => {
    const session = await startSession(t, words);
    await run(session, 'x=1');
    for (const [command, code] of [
      ['echo one\necho (', 2],
      ["echo one\necho 'open", 2],
      ['echo one\nset -u; echo $none\necho no', 2],
      ['set +u; echo one; readonly r=1; r=2; echo no', 2],
      ['echo one; return 6; echo no', 6],
    ] as const) {
      const { stdout, exitCode } = await run(session, command);
      assert.deepEqual([stdout, exitCode], ['one', code], command);
    }
    await run(session, 'exec >/dev/null 2>&1 </etc/passwd');
    const { stdout, stderr } = await run(session, 'cat; echo $x; echo err >&2; set -x; :');
    assert.deepEqual([stdout, stderr], ['1', 'err\n+ :']);
    const traced = await run(session, 'echo traced');
    assert.deepEqual([traced.stdout, traced.stderr], ['traced', '+ echo traced']);
  });

  test(`a run of ${name} is interrupted and timed out, and the shell stays`, async (t) => {
    const session = await startSession(t, words);
    await run(session, 'x=1; sleep 990 &');
    for (const command of ['while :; do :; done', 'sleep 1000; echo no', 'while :; do sleep 0.01; done', 'wait']) {
      const begun = await session.run({ command: `echo ready; ${command}` });
      const events = follow(begun);
      await until(() => session.summary().state === 'running', 'it runs');
      await session.interrupt();
      const { exitCode, stdout } = await events;
      assert.equal(exitCode, -1);
      assert.ok(['ready', ''].includes(stdout), stdout);
    }
    const { exitCode } = await run(session, 'sleep 1001 & sleep 1002; echo no', { timeout: 200 });
    assert.equal(exitCode, -1);
    assert.equal((await run(session, 'echo $x')).stdout, '1');
    assert.equal(session.summary().restarts, 0);
    assert.ok(descendants(process.pid).some(({ command }) => command === 'sleep 990'));
  });

  test(`a new ${name} in place of one that ended has directory, options and exported variables`, async (t) => {
    const session = await startSession(t, words);
    const ended = await run(
      session,
      `export SENT="it's\nsent"; cd /usr; f() { :; }; plain=1; set -e; (exit 5); echo no`,
    );
    assert.equal(failure(ended).evalue, '5');
    assert.equal(ended.events.at(-2)!.restarted?.kept, 'exported');
    const { stdout } = await run(session, 'echo "$PWD $SENT $plain $-"; set +e; type f >/dev/null; echo $?');
    assert.match(stdout, /^\/usr it's\nsent {2}\w*e\w*\n127$/);
    const killed = await run(session, 'cd /var; kill -9 $$');
    assert.equal(failure(killed).evalue, '-1');
    assert.equal((await run(session, 'pwd; echo "$SENT"')).stdout, "/usr\nit's\nsent");
  });

  test(`a job that ends while ${name} waits for the next run is no end of it`, async (t) => {
    const session = await startSession(t, words);
    const job = Number((await run(session, 'plain=1; sleep 0.05 & echo $!')).stdout);
    await until(() => descendants(process.pid).every(({ pid }) => pid !== job), 'it has ended');
    assert.equal((await run(session, 'echo $plain')).stdout, '1');
    assert.equal(session.summary().restarts, 0);
  });
}
