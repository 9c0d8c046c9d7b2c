import assert from 'node:assert/strict';
import { chmodSync, readdirSync } from 'node:fs';
import { test } from 'node:test';
import type { SessionSummary } from '../../../shared/api/sessions.ts';
import { readEvents, startAgent } from '../../support/agent.ts';
import { descendants } from '../../support/processes.ts';
import { until } from '../../support/until.ts';
import { failure, makeSession, sessionOf } from './session-client.ts';

test('a session is made, listed, looked at and deleted, and nothing of it is left', async (t) => {
  const agent = await startAgent(t);
  const list = async () => (await (await agent.fetch('/sessions')).json()) as SessionSummary[];
  assert.deepEqual(await list(), []);
  const [one, two] = [await makeSession(agent, { cwd: '/usr' }), await makeSession(agent)];
  assert.match(one.id, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  assert.deepEqual(
    (await list()).map(({ session_id, state, waiting }) => [session_id, state, waiting]),
    [
      [one.id, 'idle', 0],
      [two.id, 'idle', 0],
    ],
  );
  const { cwd, shell, restarts, created_at, runs } = await one.state();
  assert.deepEqual([cwd, shell, restarts, runs], ['/usr', '/bin/bash', 0, []]);
  assert.ok(Math.abs(Date.now() - Date.parse(created_at)) < 600_000);
  const running = await two.post('sleep 1000');
  const waiting = await two.post('echo no');
  assert.equal((await two.state()).waiting, 1);
  for (const session of [one, two]) {
    const answer = await session.delete();
    assert.deepEqual([answer.status, answer.headers.get('content-length')], [200, '0']);
    for (const again of [
      session.delete(),
      session.post('true'),
      agent.fetch(`/session/${session.id}`),
      session.interrupt(),
    ]) {
      const { status } = await again;
      assert.equal(status, 404);
    }
  }
  const told = failure({ events: await readEvents(running) } as never);
  assert.deepEqual(told, { evalue: '-1', words: 'signal: terminated by an interrupt\nThe session was deleted.' });
  const never = failure({ events: await readEvents(waiting) } as never);
  assert.equal(never.evalue, 'The session was deleted before the turn of this run came.');
  assert.deepEqual(await list(), []);
  assert.deepEqual(descendants(process.pid), []);
  await until(() => readdirSync(agent.config.spool).length === 0, 'the spool is empty');
});

test('the end of a session is the end of everything that was started in it', async (t) => {
  const agent = await startAgent(t);
  const session = await makeSession(agent);
  await session.run(
    `sleep 1001 & (setsid sh -c "trap '' TERM HUP INT; sleep 1002; sleep 1003" &); nohup setsid sleep 1004 >/dev/null 2>&1 &`,
  );
  await session.post(`trap '' HUP TERM INT; while :; do sleep 0.01; done`);
  assert.equal((await session.delete()).status, 200);
  assert.deepEqual(descendants(process.pid), []);
});

test('an idle session ends at once, and a trap for its end is sprung', async (t) => {
  const agent = await startAgent(t);
  const session = await makeSession(agent, { cwd: agent.dir });
  await session.run(`trap 'echo bye > left' EXIT`);
  await session.delete();
  assert.equal((await agent.run('cat left', { cwd: agent.dir })).stdout, 'bye');
});

test('a session can be made without a body, and what can’t be right is refused with the field’s name', async (t) => {
  const agent = await startAgent(t);
  for (const init of [
    {},
    { headers: { 'content-type': 'application/json' } },
    { headers: { 'content-type': 'application/json' }, body: 'null' },
  ]) {
    const response = await agent.fetch('/session', { method: 'POST', ...init });
    const { session_id } = (await response.json()) as { session_id: string };
    assert.equal((await sessionOf(agent, session_id).run('echo here')).stdout, 'here');
  }
  const session = await makeSession(agent, { unknown: 'fields are ignored' });
  const refusal = async (path: string, body: unknown) => {
    const response = await agent.post(path, body);
    const { code, field } = (await response.json()) as { code: string; field: string };
    return [response.status, code, field];
  };
  const invalid = (field: string) => [400, 'INVALID_REQUEST_BODY', field];
  const run = `/session/${session.id}/run`;
  assert.deepEqual(await refusal('/session', '{"cwd":'), invalid('body'));
  assert.deepEqual(await refusal('/session', { cwd: 7 }), invalid('cwd'));
  assert.deepEqual(await refusal('/session', { cwd: 'a\0b' }), invalid('cwd'));
  assert.deepEqual(await refusal('/session', { gid: 5 }), invalid('gid'));
  assert.deepEqual(await refusal('/session', { envs: { 'A=B': '' } }), invalid('envs.A=B'));
  assert.deepEqual(await refusal('/session', { cwd: '/proc/no/such' }), [400, 'WORKING_DIRECTORY_NOT_FOUND', 'cwd']);
  assert.deepEqual(await refusal('/session', { cwd: '/etc/passwd' }), [400, 'WORKING_DIRECTORY_NOT_FOUND', 'cwd']);
  assert.deepEqual(await refusal(run, {}), invalid('command'));
  assert.deepEqual(await refusal(run, { command: '' }), invalid('command'));
  assert.deepEqual(await refusal(run, { command: 'a\0b' }), invalid('command'));
  assert.deepEqual(await refusal(run, { command: 'x'.repeat(2_000_000) }), invalid('command'));
  assert.deepEqual(await refusal(run, { command: 'true', timeout: -1 }), invalid('timeout'));
  assert.deepEqual(await refusal(run, { command: 'true', timeout: 1e300 }), invalid('timeout'));
  assert.deepEqual(await refusal(run, { command: 'true', envs: { 'a-b': '' } }), invalid('envs'));
  assert.deepEqual(await refusal(run, { command: 'true', envs: { A: 'a\0' } }), invalid('envs.A'));
  assert.deepEqual(await refusal(run, 'x'.repeat(10 * 1024 * 1024)), [413, 'PAYLOAD_TOO_LARGE', 'body']);
  assert.deepEqual(await refusal('/session/nobody/run', { command: 'true' }), [404, 'SESSION_NOT_FOUND', 'id']);
  const events = await agent.fetch(`/session/${session.id}/runs/x/events`);
  assert.deepEqual([events.status, ((await events.json()) as { field: string }).field], [400, 'run']);
  assert.equal((await session.run('echo here')).stdout, 'here');
});

test('there is a limit to sessions', async (t) => {
  const agent = await startAgent(t);
  const statuses: number[] = [];
  for (let round = 0; round < 11; round += 1) {
    const answers = await Promise.all(Array.from({ length: 10 }, () => agent.post('/session', {})));
    statuses.push(...answers.map(({ status }) => status));
    for (const answer of answers) await answer.arrayBuffer();
  }
  assert.equal(statuses.filter((status) => status === 200).length, 100);
  assert.equal(statuses.filter((status) => status === 429).length, 10);
});

test('a session is its user’s alone, who has no more rights in it than elsewhere', async (t) => {
  const isRoot = process.getuid!() === 0;
  const [uid, gid] = isRoot ? [12345, 23456] : [process.getuid!(), process.getgid!()];
  const agent = await startAgent(t, { CUBBY_USER: `${uid}:${gid}`, CUBBY_HARDENED: '1' });
  chmodSync(agent.dir, 0o755);
  const session = await makeSession(agent, { cwd: '/' });
  assert.equal((await session.run('id -u; id -g')).stdout, `${uid}\n${gid}`);
  const spool = agent.config.spool;
  const mine = await session.run(
    `cd ${spool}/*/ 2>/dev/null; echo changed > session.json; rm -f end; ln -s /etc/passwd left; ls`,
  );
  if (isRoot) assert.ok(mine.stderr.includes('Permission denied'), mine.stderr);
  const refused = await agent.post('/session', { uid: uid + 1 });
  assert.equal(refused.status, 403);
  const other = await makeSession(agent, { uid, gid });
  assert.equal((await other.run('id -u')).stdout, String(uid));
  if (isRoot) {
    const [dir] = readdirSync(spool);
    const elsewhere = await startAgent(t, { CUBBY_USER: '54321:54321' });
    chmodSync(elsewhere.dir, 0o755);
    const stranger = await makeSession(elsewhere, { cwd: '/' });
    const files = `${spool}/${dir}/state ${spool}/${dir}/script ${spool}/${dir}/end ${spool}/${dir}/session.json`;
    assert.equal((await stranger.run(`cat ${files} 2>/dev/null | wc -c`)).stdout.trim(), '0');
  }
});
