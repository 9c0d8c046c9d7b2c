import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { catalogue } from '../../shared/api/tools/catalogue.ts';
import { startTestControl, type TestControl } from '../support/control.ts';
import { type McpWay, mcpClient, mcpWays, textIn } from '../support/mcp.ts';
import { ensure } from '../support/workspaces.ts';

test('the official MCP clients get to know a workspace’s tools, and what is wrong with a call', async (t) => {
  const control = await startTestControl(t);
  await ensure(control, 'app:alice');
  for (const way of mcpWays) await t.test(`by ${way.name}`, (t) => lookAround(t, way, control));
});

async function lookAround(t: TestContext, way: McpWay, control: TestControl): Promise<void> {
  const client = await mcpClient(t, way, control, 'app:alice');
  assert.match(client.instructions ?? '', /Linux computer/);
  const listed = await client.tools();
  assert.equal(listed.length, catalogue.length);
  for (const tool of listed) {
    // What models of the known vendors can call.
    assert.match(tool.name, /^[A-Za-z]{1,64}$/);
    assert.doesNotMatch(JSON.stringify(tool), /Local/, 'a model may have local files, and these are not');
    assert.equal((tool.inputSchema as { type?: string }).type, 'object');
    assert.equal((tool.outputSchema as { type?: string }).type, 'object');
    assert.ok(tool.annotations && tool.title && tool.description, tool.name);
  }
  const read = listed.find(({ name }) => name === 'readFile')!;
  assert.partialDeepStrictEqual(read.annotations, { readOnlyHint: true, idempotentHint: true });

  await assert.rejects(client.call('nothing'), { code: -32602, message: /Unknown tool: nothing/ });
  const wrong = await client.call('readFile', { path: 7 });
  assert.ok(wrong.isError);
  assert.match(textIn(wrong), /path: .*expected string/);
  const missing = await client.call('readLocalFile', {});
  assert.ok(missing.isError, 'the older names are known too');
  assert.match(textIn(missing), /path/);
}

test('MCP lets in who may reach the workspace, and no page of another site', async (t) => {
  const control = await startTestControl(t);
  const [http] = mcpWays;
  const keyless = { ...control, apiKey: 'no-key-of-this-server' };
  await assert.rejects(http!.connect(keyless, 'app:alice'), /INVALID_API_KEY/);
  const page = (origin: string) =>
    control.fetch('/v1/workspaces/app:alice/mcp', {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream', origin },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' }),
    });
  const refused = await page('https://elsewhere.example');
  assert.equal(refused.status, 403);
  assert.equal(((await refused.json()) as { code: string }).code, 'ORIGIN_NOT_ALLOWED');
  const answered = await page('http://localhost:3000');
  assert.equal(answered.status, 200);
  assert.match(await answered.text(), /"name":"runCommand"/);
});

test('what is no message of MCP is refused, and the server goes on', async (t) => {
  const control = await startTestControl(t);
  const call = (params: unknown) => ({ jsonrpc: '2.0', id: 1, method: 'tools/call', params });
  const bodies = [
    null,
    7,
    'x',
    [],
    {},
    [[]],
    { jsonrpc: '1.0', id: 1, method: 'tools/list' },
    { jsonrpc: '2.0', id: {}, method: 'tools/list' },
    { jsonrpc: '2.0', id: 1, method: 'no/such' },
    { jsonrpc: '2.0', id: 1, method: 'tools/call' },
    call(null),
    call({ name: 7 }),
    call({ name: 'readFile', arguments: [] }),
    call({ name: '__proto__' }),
    call({ name: 'x'.repeat(1_000_000) }),
    { jsonrpc: '2.0', method: 'notifications/cancelled' },
    { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: {} } },
    Array.from({ length: 1000 }, () => call({ name: 'nothing' })),
  ];
  for (const body of bodies) {
    const response = await control.fetch('/v1/workspaces/app:alice/mcp', {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        'mcp-session-id': 'x'.repeat(1000),
      },
      body: JSON.stringify(body),
    });
    const text = await response.text();
    const said = `${JSON.stringify(body).slice(0, 100)}: ${response.status} ${text.slice(0, 200)}`;
    const isNotification = response.status === 202;
    assert.ok(isNotification || response.status === 400 || /"error":|"isError":true|"code":"INVALID/.test(text), said);
    assert.ok(text.length < 10_000, said);
  }
  for (const id of ['x', 'x'.repeat(10_000), '../..', `${'0'.repeat(36)}.1.Nw`]) {
    const response = await control.fetch('/v1/workspaces/app:alice/mcp', { headers: { 'last-event-id': id } });
    assert.ok([200, 405].includes(response.status), `${id.slice(0, 50)}: ${response.status}`);
    await response.text();
  }
});
