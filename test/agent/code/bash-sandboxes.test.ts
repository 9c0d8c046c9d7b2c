import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { collect, listen, readEvents, startAgent, type TestAgent } from '../../support/agent.ts';
import { until } from '../../support/until.ts';
import { makeSession, sessionOf } from '../sessions/session-client.ts';
import { textOf } from './code-client.ts';
import { python, startSandbox } from './sandbox.ts';

const bash = { language: 'bash' };

async function cell(agent: TestAgent, code: string, context: object = bash) {
  const response = await agent.post('/code', { code, context });
  assert.equal(response.status, 200);
  const events = await readEvents(response);
  return collect(events);
}

test('bash needs no Python, no kernelspec, nothing in the PATH', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'cubby-bare-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  const environ = join(dir, 'environ');
  writeFileSync(environ, `PATH=${dir}\0HOME=${dir}\0`);
  const agent = await startAgent(t, { CUBBY_ENVIRON: environ, CUBBY_KEEP_HOME: '1' });
  const { stdout } = await cell(agent, 'x=1; echo "$x $PATH"');
  assert.equal(stdout, `1 ${dir}\n`);
});

test('sessions and cells of bash know nothing of each other, also with the next agent', async (t) => {
  const agent = await startAgent(t);
  const session = await makeSession(agent);
  await session.run('x=session');
  const { events } = await cell(agent, 'x=cell; echo $x');
  const contextId = events[0]!.text!;
  assert.equal((await session.run('echo $x')).stdout, 'session');
  assert.equal((await cell(agent, 'echo $x')).stdout, 'cell\n');
  const listed = async (from: TestAgent) =>
    ((await (await from.fetch('/sessions')).json()) as { session_id: string }[]).map(({ session_id }) => session_id);
  assert.deepEqual(await listed(agent), [session.id]);
  // Another agent on the same spool, as after the first was killed.
  const next = await listen(agent.config, agent.dir);
  t.after(() => next.app.close());
  assert.deepEqual(await listed(next), [session.id]);
  const contexts = (await (await next.fetch('/code/contexts')).json()) as { id: string }[];
  assert.deepEqual(
    contexts.map(({ id }) => id),
    [contextId],
  );
  assert.equal((await sessionOf(next, session.id).run('echo $x')).stdout, 'session');
  assert.equal((await sessionOf(next, session.id).delete()).status, 200);
  assert.equal((await next.fetch(`/code/contexts/${contextId}`, { method: 'DELETE' })).status, 200);
  await until(() => readdirSync(agent.config.spool).length === 0, 'the spool is empty');
});

test('a kernelspec for bash goes before the shell', async (t) => {
  const argv = [python, '-m', 'ipykernel_launcher', '-f', '{connection_file}'];
  const sandbox = await startSandbox(t, { specs: { mine: { argv, language: 'bash' } } });
  const { events } = await sandbox.cell('print(6 * 7)', bash);
  assert.equal(textOf(events, 'stdout'), '42\n');
  const shell = await sandbox.cell('echo $((6 * 7))', { kernel: 'live-shell' });
  assert.equal(textOf(shell.events, 'stdout'), '42\n');
});

test('a directory that is gone is no reason not to go on', async (t) => {
  const sandbox = await startSandbox(t);
  const cwd = join(sandbox.dir, 'work/gone');
  mkdirSync(cwd);
  const { id } = await sandbox.createContext({ ...bash, cwd });
  await sandbox.cell('rmdir "$PWD"; exit 1', { id });
  assert.equal(textOf((await sandbox.cell('pwd', { id })).events, 'stdout'), `${join(sandbox.dir, 'work')}\n`);
});
