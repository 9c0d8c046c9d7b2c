import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import { startAgent } from '../../support/agent.ts';
import { until } from '../../support/until.ts';
import { createTerminal, refusal, TerminalClient } from './terminal-client.ts';

test('what can’t be connected to is refused before the WebSocket, as every other error', async (t) => {
  const agent = await startAgent(t);
  const id = await createTerminal(agent);
  const refused: [string, Record<string, string> | undefined, number, string][] = [
    ['/pty/none/ws', undefined, 404, 'CONTEXT_NOT_FOUND'],
    [`/pty/${id}/ws`, {}, 401, 'INVALID_ACCESS_TOKEN'],
    [`/pty/${id}/ws`, { 'x-execd-access-token': 'wrong' }, 401, 'INVALID_ACCESS_TOKEN'],
    [`/pty/${id}/ws?since=-1`, undefined, 400, 'INVALID_PARAMETER'],
    [`/pty/${id}/ws?since=1e3`, undefined, 400, 'INVALID_PARAMETER'],
    [`/pty/${id}/ws?cols=0&rows=1`, undefined, 400, 'INVALID_PARAMETER'],
    [`/pty/${id}/ws?cols=70000&rows=1`, undefined, 400, 'INVALID_PARAMETER'],
    [`/pty/${id}/ws?ack=1&window=1`, undefined, 400, 'INVALID_PARAMETER'],
    [`/pty/${id}/ws?mode=viewer`, undefined, 409, 'VIEWER_REQUIRES_RUNNING_SESSION'],
  ];
  for (const [path, headers, status, code] of refused) {
    const answer = await refusal(agent, path, headers);
    assert.deepEqual([answer.status, answer.body.code], [status, code], path);
  }
  assert.equal((await refusal(agent, `/pty/${id}/ws?rows=x`)).body.field, 'rows');
  assert.deepEqual(await (await agent.fetch(`/pty/${id}`)).json(), {
    session_id: id,
    running: false,
    output_offset: 0,
  });
});

test('a plain request for the WebSocket, and a broken handshake, are told what is expected', async (t) => {
  const agent = await startAgent(t);
  const id = await createTerminal(agent);
  const page = await agent.fetch(`/pty/${id}/ws`);
  assert.deepEqual([page.status, ((await page.json()) as { code: string }).code], [426, 'UPGRADE_REQUIRED']);
  const socket = connect(Number(new URL(agent.url).port), '127.0.0.1');
  socket.write(
    `GET /pty/${id}/ws HTTP/1.1\r\nhost: x\r\nconnection: Upgrade\r\nupgrade: websocket\r\nx-execd-access-token: ${agent.config.token}\r\n\r\n`,
  );
  let text = '';
  for await (const chunk of socket.setEncoding('latin1')) text += chunk;
  assert.match(text, /^HTTP\/1.1 400 /);
  assert.equal(JSON.parse(text.split('\r\n\r\n')[1]!).code, 'INVALID_PARAMETER');
  assert.equal(((await (await agent.fetch(`/pty/${id}`)).json()) as { running: boolean }).running, false);
});

test('bad requests for a terminal name the field', async (t) => {
  const agent = await startAgent(t);
  const bad: [unknown, number, string, string][] = [
    [{ cwd: '/no/such' }, 400, 'WORKING_DIRECTORY_NOT_FOUND', 'cwd'],
    [{ cwd: 'a\0b' }, 400, 'INVALID_REQUEST_BODY', 'cwd'],
    [{ cwd: 1 }, 400, 'INVALID_REQUEST_BODY', 'cwd'],
    [{ command: 'x'.repeat(130_000) }, 400, 'INVALID_REQUEST_BODY', 'command'],
    [{ command: 'a\0b' }, 400, 'INVALID_REQUEST_BODY', 'command'],
    [{ cols: 0 }, 400, 'INVALID_REQUEST_BODY', 'cols'],
    [{ rows: 65_536 }, 400, 'INVALID_REQUEST_BODY', 'rows'],
    [{ rows: 1.5 }, 400, 'INVALID_REQUEST_BODY', 'rows'],
    ['[]', 400, 'INVALID_REQUEST_BODY', 'body'],
    ['{', 400, 'INVALID_REQUEST_BODY', 'body'],
  ];
  for (const [body, status, code, field] of bad) {
    const response = await agent.post('/pty', body);
    const error = (await response.json()) as { code: string; field: string };
    assert.deepEqual(
      [response.status, error.code, error.field],
      [status, code, field],
      JSON.stringify(body).slice(0, 80),
    );
  }
  for (const method of ['GET', 'DELETE']) {
    const response = await agent.fetch('/pty/none', { method });
    assert.deepEqual([response.status, ((await response.json()) as { code: string }).code], [404, 'CONTEXT_NOT_FOUND']);
  }
  assert.equal((await agent.fetch('/pty', { method: 'POST' })).status, 201);
  assert.equal((await agent.post('/pty', '')).status, 201);
  assert.equal((await agent.post('/pty', { cwd: null, command: null, unknown: true })).status, 201);
  assert.equal(((await (await agent.fetch('/pty')).json()) as unknown[]).length, 3);
});

test('a second client is refused, or takes over the same shell, and the first is told', async (t) => {
  const agent = await startAgent(t);
  const id = await createTerminal(agent);
  const first = await TerminalClient.open(t, agent, id);
  first.type('VAR=kept; echo one$((1))\n');
  await first.sees('one1\r\n');
  const refused = await refusal(agent, `/pty/${id}/ws?takeover=0`);
  assert.deepEqual([refused.status, refused.body.code], [409, 'ALREADY_CONNECTED']);
  const second = await TerminalClient.open(t, agent, id, '?takeover=1');
  assert.deepEqual(await first.gone(), { code: 4001, reason: 'TAKEN_OVER' });
  assert.deepEqual(first.errors, ['TAKEN_OVER']);
  // There may be more of it: a prompt that came too late for the first.
  const shared = first.output();
  assert.ok(second.replayed!.bytes.subarray(0, shared.length).equals(shared));
  second.type('echo still$VAR\n');
  await second.sees('stillkept\r\n');
  await second.leave();
  await TerminalClient.open(t, agent, id, '?takeover=1');
});

test('of ten clients that take over at once one is left, and it has a shell', async (t) => {
  const agent = await startAgent(t);
  const id = await createTerminal(agent);
  const url = `${agent.url}/pty/${id}/ws?takeover=1`;
  const clients = Array.from({ length: 10 }, () => new TerminalClient(t, url, agent.config.token));
  await until(() => clients.filter(({ closed }) => closed?.code === 4001).length === 9, 'nine are gone');
  const left = clients.find(({ closed }) => !closed)!;
  await until(() => left.connected !== undefined, 'one is connected');
  left.type('echo alive$((1))\n');
  await left.sees('alive1\r\n');
});

test('viewers see what the others see, and are refused what they say', async (t) => {
  const agent = await startAgent(t);
  const id = await createTerminal(agent);
  const holder = await TerminalClient.open(t, agent, id);
  holder.type('echo before$((1))\n');
  await holder.sees('before1\r\n');
  const viewers = await Promise.all([1, 2, 3].map(() => TerminalClient.open(t, agent, id, '?mode=viewer')));
  assert.equal(viewers[0]!.connected!.role, 'viewer');
  holder.type('echo after$((1))\n');
  for (const viewer of viewers) {
    await viewer.sees(/before1\r\n.*after1\r\n/s);
    let next = 0;
    for (const { channel, offset, bytes } of viewer.frames) {
      assert.deepEqual([channel, offset], [3, next]);
      next += bytes.length;
    }
    viewer.type('echo no\n');
    viewer.say({ type: 'signal', signal: 'SIGKILL' });
    viewer.say({ type: 'ping' });
    await until(() => viewer.notices.some(({ type }) => type === 'pong'), 'a viewer may ask for a sign of life');
    assert.deepEqual(viewer.errors, ['READ_ONLY', 'READ_ONLY']);
  }
  const next = await TerminalClient.open(t, agent, id, '?takeover=1');
  next.type('exit 6\n');
  for (const client of [next, ...viewers]) assert.equal(await client.exit(), 6);
});

test('invalid frames are answered and change nothing', async (t) => {
  const agent = await startAgent(t);
  const client = await TerminalClient.open(t, agent, await createTerminal(agent));
  const nonsense = [
    'no json',
    '',
    '1',
    'null',
    '[]',
    '{}',
    '{"type":"what"}',
    '{"type":"stdin"}',
    '{"type":"stdin","data":1}',
    '{"type":"signal","signal":"SIGSEGV"}',
    '{"type":"signal","signal":9}',
    '{"type":"resize","cols":0,"rows":5}',
    '{"type":"resize","cols":80}',
    '{"type":"resize","cols":1e9,"rows":1}',
    '{"type":"ack","offset":-1}',
  ];
  for (const text of nonsense) client.socket.send(text);
  client.socket.send(Buffer.alloc(0));
  client.socket.send(Buffer.from([7, 1, 2]));
  await until(() => client.errors.length === nonsense.length + 2, 'every one is answered');
  assert.deepEqual([...new Set(client.errors)], ['INVALID_FRAME']);
  client.say({ type: 'ping' });
  await until(() => client.notices.at(-1)?.type === 'pong', 'a ping is answered');
  client.type('stty size\n');
  await client.sees('24 80\r\n');
  client.socket.send(Buffer.alloc(5 * 1024 * 1024));
  assert.equal((await client.gone()).code, 1009);
});

test('a client that asks and never reads the answers is not read any more', async (t) => {
  const agent = await startAgent(t);
  const id = await createTerminal(agent);
  const client = await TerminalClient.open(t, agent, id);
  client.socket.pause();
  const nonsense = `{"type":"signal","signal":"${'x'.repeat(1000)}"}`;
  // Until the kernel's buffers are full in both directions, and nothing moves.
  let before = -1;
  await until(
    () => {
      const stuck = client.socket.bufferedAmount;
      if (stuck > 2 * 1024 * 1024 && stuck === before) return true;
      before = stuck;
      if (stuck <= 2 * 1024 * 1024) for (let i = 0; i < 5000; i += 1) client.socket.send(nonsense);
      return false;
    },
    'nothing that the client sends is taken',
    60_000,
  );
});

test('a peer that is gone without a word is noticed, and the terminal is free again', async (t) => {
  const agent = await startAgent(t, { CUBBY_TERMINAL_PING_MS: '100' });
  const id = await createTerminal(agent);
  const client = await TerminalClient.open(t, agent, id);
  // Neither reads nor answers, as a machine that was unplugged.
  const { _socket: socket } = client.socket as unknown as { _socket: import('node:net').Socket };
  socket.pause();
  await until(async () => {
    const probe = new TerminalClient(t, `${agent.url}/pty/${id}/ws`, agent.config.token);
    await until(() => probe.connected !== undefined || probe.closed !== undefined, 'there is an answer');
    return probe.closed === undefined;
  }, 'another can connect');
  const viewer = await TerminalClient.open(t, agent, id, '?mode=viewer');
  viewer.type('x');
  await until(() => viewer.errors.length === 1, 'one that answers pings stays');
});

test('a client is not taken for gone because the agent itself stood still', async (t) => {
  const agent = await startAgent(t, { CUBBY_TERMINAL_PING_MS: '100' });
  const client = await TerminalClient.open(t, agent, await createTerminal(agent));
  let asked = 0;
  client.socket.on('ping', () => {
    asked += 1;
  });
  await until(() => asked > 0, 'it is asked whether it is there');
  // As in a sandbox that is frozen for a while.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000);
  asked = 0;
  await until(() => asked >= 5 || client.closed !== undefined, 'it is asked again and again, or cut off');
  assert.equal(client.closed, undefined);
});

test('an agent that ends closes its connections, and the shell goes on', async (t) => {
  const agent = await startAgent(t);
  const client = await TerminalClient.open(t, agent, await createTerminal(agent));
  await agent.app.close();
  assert.equal((await client.gone()).code, 1001);
});
