import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import type { TestContext } from 'node:test';
import { readEvents } from './agent.ts';
import type { TestControl } from './control.ts';
import type { AgentClient } from './control-client.ts';
import { refused } from './refused.ts';
import { until } from './until.ts';

/**
 * What a user does with a sandbox from its making to its end, through control. It is the same whatever runs the sandbox.
 * `request`: what it is made of, with a Python that has kernels.
 */
export async function wholeLife(t: TestContext, control: TestControl, request: object): Promise<void> {
  const { id } = await control.create({
    resourceLimits: { memory: '1Gi' },
    ...request,
    env: { GREETING: 'good morning' },
  });
  const agent = await control.agent(id);

  await t.test('a command has the request’s environment, both streams and an exit code', async () => {
    const run = await agent.run('echo "$GREETING"; echo oh >&2; exit 7');
    assert.deepEqual([run.stdout, run.stderr, run.exitCode], ['good morning', 'oh', 7]);
  });

  await t.test('a file that is uploaded is what commands read, and what is downloaded', async () => {
    const { stdout: directory } = await agent.run('pwd');
    const path = `${directory.replace(/\/$/, '')}/from-outside`;
    const content = Buffer.from([0, 255, 10, 13, 10, 65]);
    const form = new FormData();
    form.append('metadata', new Blob([JSON.stringify({ path })], { type: 'application/json' }), 'metadata');
    form.append('file', new Blob([content]), 'file');
    assert.equal((await agent.fetch('/files/upload', { method: 'POST', body: form })).status, 200);
    assert.equal((await agent.run('wc -c < from-outside')).stdout.trim(), '6');
    const download = await agent.fetch(`/files/download?path=${encodeURIComponent(path)}`);
    assert.deepEqual(Buffer.from(await download.arrayBuffer()), content);
  });

  await t.test('what a command leaves behind goes on, and is ended with everything that came of it', async () => {
    // Nobody else's: a process of the machine's own sees those of all tests.
    const own = String(randomInt(1e8, 1e9));
    const command = await agent.background(`(sleep ${own}1 & sleep ${own}2 & wait) & sleep ${own}3 & wait`);
    await untilSleepers(agent, own, 3);
    assert.equal((await agent.fetch(`/command?id=${command}`, { method: 'DELETE' })).status, 200);
    await untilSleepers(agent, own, 0);
  });

  await t.test('a session keeps its variables from run to run', async () => {
    const { session_id } = (await (await agent.post('/session', {})).json()) as { session_id: string };
    const run = async (command: string) => readEvents(await agent.post(`/session/${session_id}/run`, { command }));
    await run('kept=for-later');
    assert.ok((await run('echo $kept')).some(({ text }) => text === 'for-later'));
    assert.equal((await agent.fetch(`/session/${session_id}`, { method: 'DELETE' })).status, 200);
  });

  await t.test('a cell’s variables are there for the next, also when it was paused in between', async () => {
    assert.equal(await cell(agent, 'x = 41'), undefined);
    assert.equal((await control.post(`/v1/sandboxes/${id}/pause`, {})).status, 202);
    assert.equal((await control.get(id)).status.state, 'Paused');
    assert.equal((await control.post(`/v1/sandboxes/${id}/resume`, {})).status, 202);
    assert.equal((await control.get(id)).status.state, 'Running');
    assert.equal(await cell(agent, 'x + 1'), '42');
  });

  await t.test('diagnostics say what it uses and what it is', async () => {
    const text = await (await control.fetch(`/v1/sandboxes/${id}/diagnostics/inspect`)).text();
    assert.match(text, /^ {2}Memory used: +[1-9]/m);
    assert.match(text, /^ {2}CPU used: +\d/m);
  });

  await t.test('it is deleted, and is not there any more', async () => {
    assert.equal((await control.delete(id)).status, 204);
    await refused(await control.fetch(`/v1/sandboxes/${id}`), 'DOCKER::SANDBOX_NOT_FOUND', 'sandboxId');
  });
}

/** The result of a cell of Python, undefined where it has none. */
async function cell(agent: AgentClient, code: string): Promise<string | undefined> {
  const response = await agent.post('/code', { code, context: { language: 'python' } });
  if (!response.ok) assert.fail(await response.text());
  const events = (await readEvents(response)) as { type: string; results?: Record<string, string>; error?: unknown }[];
  assert.equal(events.at(-1)?.type, 'execution_complete', JSON.stringify(events));
  return events.find(({ type }) => type === 'result')?.results?.text;
}

/** Waits until so many of the test's own sleepers are there, by the sandbox's own table of processes. */
function untilSleepers(agent: AgentClient, own: string, count: number): Promise<void> {
  const look = `cat /proc/[0-9]*/cmdline 2>/dev/null | tr "\\0" "\\n" | grep -cx "${own}[123]"`;
  return until(async () => (await agent.run(look)).stdout.trim() === String(count), `${count} of them run`, 60_000);
}
