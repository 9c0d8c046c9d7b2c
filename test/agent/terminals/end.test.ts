import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, rmdirSync } from 'node:fs';
import { basename } from 'node:path';
import { before, test } from 'node:test';
import { startAgent } from '../../support/agent.ts';
import { withTheEnded } from '../../support/processes.ts';
import { until } from '../../support/until.ts';
import { buildProgram } from '../init/binary.ts';
import { createTerminal, refusal, TerminalClient } from './terminal-client.ts';

let nasty = '';
before(() => {
  nasty = buildProgram('nasty.c');
});

/** Processes of the nasty program, whoever their parent is. */
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

for (const query of ['', '?pty=0']) {
  test(`deleting a terminal ${query} ends all that was started in it, however it hides, and tells the client`, async (t) => {
    const agent = await startAgent(t);
    const id = await createTerminal(agent);
    const client = await TerminalClient.open(t, agent, id, query);
    client.type(`${nasty} session orphan deaf secret headless stopped & sleep 1000 & echo started$((1))\n`);
    await client.sees('started1');
    await until(() => left() >= 7, 'all of them run');
    const response = await agent.fetch(`/pty/${id}`, { method: 'DELETE' });
    assert.deepEqual([response.status, response.headers.get('content-length'), await response.text()], [200, '0', '']);
    assert.equal(left(), 0);
    const code = await client.exit();
    assert.ok(code >= 128, `${code}`);
    assert.deepEqual(client.closed, { code: 1000, reason: 'process exited' });
    assert.equal((await agent.fetch(`/pty/${id}`)).status, 404);
    assert.equal((await refusal(agent, `/pty/${id}/ws`)).status, 404);
    assert.deepEqual(readdirSync(agent.config.spool), []);
  });
}

test('a shell is hung up before it is ended, so that it can save what it has', async (t) => {
  const agent = await startAgent(t);
  const id = await createTerminal(agent);
  const client = await TerminalClient.open(t, agent, id);
  client.type(
    `bash -c 'trap "" TERM; trap "echo saved >${agent.dir}/saved; exit" HUP; echo rea"dy"; while :; do sleep 0.02; done'\n`,
  );
  await client.sees('ready\r\n');
  await agent.fetch(`/pty/${id}`, { method: 'DELETE' });
  assert.equal(readFileSync(`${agent.dir}/saved`, 'utf8'), 'saved\n');
});

test('what a shell left behind when it ended is ended with its terminal, after any number of shells', async (t) => {
  const agent = await startAgent(t);
  const id = await createTerminal(agent);
  for (let round = 1; round <= 4; round += 1) {
    const client = await TerminalClient.open(t, agent, id);
    client.type(`${nasty} session >/dev/null & exit\n`);
    await client.exit();
    await until(() => left() === 2 * round, 'something is left');
  }
  await agent.fetch(`/pty/${id}`, { method: 'DELETE' });
  assert.equal(left(), 0);
  assert.deepEqual(readdirSync(agent.config.spool), []);
});

test('a terminal that was never connected to, or whose shell has ended, leaves nothing either', async (t) => {
  const agent = await startAgent(t);
  const [idle, ended] = await Promise.all([createTerminal(agent), createTerminal(agent, { command: 'exit 1' })]);
  for (let round = 0; round < 3; round += 1) {
    const client = await TerminalClient.open(t, agent, ended!);
    await client.exit();
    await until(() => withTheEnded(process.pid).length === 0, 'nothing is left of it');
  }
  assert.ok(readdirSync(agent.config.spool).length <= 4);
  for (const id of [idle, ended]) assert.equal((await agent.fetch(`/pty/${id}`, { method: 'DELETE' })).status, 200);
  assert.deepEqual(readdirSync(agent.config.spool), []);
});

test('a hundred terminals are the most; deleting one makes room for another', async (t) => {
  const agent = await startAgent(t);
  const ids = [];
  for (let n = 0; n < 100; n += 1) ids.push(await createTerminal(agent));
  const refused = await agent.post('/pty', {});
  assert.deepEqual([refused.status, ((await refused.json()) as { code: string }).code], [429, 'TOO_MANY_TERMINALS']);
  await agent.fetch(`/pty/${ids[50]}`, { method: 'DELETE' });
  await createTerminal(agent);
});

test('a shell that can’t be started is told, and the next attempt may work', async (t) => {
  const agent = await startAgent(t);
  const dir = `${agent.dir}/gone`;
  mkdirSync(dir);
  const id = await createTerminal(agent, { cwd: dir });
  rmdirSync(dir);
  const client = await TerminalClient.open(t, agent, id);
  assert.equal((await client.gone()).code, 1011);
  assert.deepEqual(client.notices.at(-1), {
    type: 'error',
    code: 'START_FAILED',
    error: 'chdir: No such file or directory',
  });
  mkdirSync(dir);
  const again = await TerminalClient.open(t, agent, id);
  again.type('pwd; exit\n');
  assert.equal(await again.exit(), 0);
  assert.ok(again.text.includes(`${dir}\r\n`));
});
