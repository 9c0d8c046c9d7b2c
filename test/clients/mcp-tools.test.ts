import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { catalogue, toolNamed } from '../../shared/api/tools/catalogue.ts';
import { pythonImage, startTestControl, type TestControl } from '../support/control.ts';
import { type McpClient, type McpResult, type McpWay, mcpClient, mcpWays, textIn } from '../support/mcp.ts';
import { ensure } from '../support/workspaces.ts';

/** A PNG of one pixel. */
const pixel = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

test('the official MCP clients call every tool', async (t) => {
  const control = await startTestControl(t);
  await ensure(control, 'app:alice', { image: { uri: pythonImage }, resourceLimits: { memory: '512Mi', cpu: '1' } });
  for (const [number, way] of mcpWays.entries()) {
    await t.test(`by ${way.name}`, (t) => everyTool(t, way, control, `/tmp/${number}`));
  }
});

/** Calls of a client, each of which has to succeed; what was called is remembered. */
class Calls {
  readonly #client: McpClient;
  readonly #cwd: string;
  readonly called = new Set<string>();

  constructor(client: McpClient, cwd: string) {
    this.#client = client;
    this.#cwd = cwd;
  }

  async call(name: string, parameters: object): Promise<McpResult> {
    const result = await this.#client.call(name, { cwd: this.#cwd, ...parameters });
    assert.ok(!result.isError, `${name}: ${textIn(result)}`);
    assert.ok(result.structuredContent, name);
    this.called.add(toolNamed(name)!.name);
    return result;
  }

  /** What a model reads of it. */
  async text(name: string, parameters: object): Promise<string> {
    return textIn(await this.call(name, parameters));
  }
}

async function everyTool(t: TestContext, way: McpWay, control: TestControl, cwd: string): Promise<void> {
  const client = await mcpClient(t, way, control, 'app:alice');
  const calls = new Calls(client, cwd);
  await files(calls, cwd);
  await search(calls, cwd);
  await commands(calls);
  await image(calls);
  await exported(calls, control);
  assert.deepEqual([...calls.called].sort(), catalogue.map(({ name }) => name).sort());
}

async function files(calls: Calls, cwd: string): Promise<void> {
  const content = 'one\ntwo\nthree\n';
  const wrote = await calls.text('writeFile', { cwd: '/', path: `${cwd}/notes.txt`, content, createDirectories: true });
  assert.equal(wrote, `Made ${cwd}/notes.txt, 14 bytes.`);
  assert.match(await calls.text('readFile', { path: 'notes.txt', startLine: 2, endLine: 2 }), /^two\n?/);
  const edited = await calls.text('editFile', { path: 'notes.txt', search: 'two', replace: '2' });
  assert.match(edited, /^1 replaced in .*\n(?:.*\n)*-two\n\+2\n/);
  const move = { source: 'notes.txt', destination: 'moved.txt' };
  assert.match(await calls.text('moveFiles', { operations: [move] }), /^notes\.txt → .*\/moved\.txt$/);
  assert.equal(
    await calls.text('renameFile', { oldPath: 'moved.txt', newName: 'final.txt' }),
    `${cwd}/moved.txt → ${cwd}/final.txt`,
  );
  assert.equal(await calls.text('listFiles', { directoryPath: cwd }), 'final.txt (12 bytes)');
}

async function search(calls: Calls, cwd: string): Promise<void> {
  const found = `${cwd}/final.txt`;
  assert.equal(await calls.text('searchFiles', { directory: cwd, keyword: 'final' }), `${found} (12 bytes)`);
  assert.equal(await calls.text('globFiles', { directory: cwd, pattern: '*.txt' }), found);
  assert.equal(await calls.text('grepContent', { directory: cwd, pattern: '^thr' }), `${found}:3:three`);
}

async function commands(calls: Calls): Promise<void> {
  assert.equal(await calls.text('runCommand', { command: 'cat final.txt; exit 3' }), 'one\n2\nthree\n[exit code 3]');
  const python = { language: 'python', code: 'print(6 * 7)' };
  assert.equal(await calls.text('executeCode', python), '42\n[exit code 0]');
  const started = await calls.call('runCommand', { command: 'echo here; exec sleep 1000', background: true });
  const { commandId } = started.structuredContent as { commandId: string };
  const output = await calls.text('getCommandOutput', { commandId, timeout: 60_000 });
  assert.equal(output, 'here\n[it runs still]');
  assert.equal(await calls.text('killCommand', { commandId }), 'It runs no longer.');
}

async function image(calls: Calls): Promise<void> {
  await calls.call('runCommand', { command: `echo ${pixel} | base64 -d > pixel.png` });
  const { content } = await calls.call('readFile', { path: 'pixel.png' });
  assert.deepEqual(
    content.filter(({ type }) => type === 'image'),
    [{ type: 'image', data: pixel, mimeType: 'image/png' }],
  );
}

async function exported(calls: Calls, control: TestControl): Promise<void> {
  const { structuredContent } = await calls.call('exportFile', { path: 'final.txt' });
  const { url, size } = structuredContent as { url: string; size: number };
  const download = await control.fetch(url);
  assert.deepEqual([size, await download.text()], [12, 'one\n2\nthree\n']);
}
