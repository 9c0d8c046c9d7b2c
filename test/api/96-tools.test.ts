import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { catalogue } from '../../shared/api/tools/catalogue.ts';
import type { ToolAnswer } from '../../shared/api/tools/envelope.ts';
import type { ShownTool } from '../../shared/api/tools/shown.ts';
import { pythonImage, startTestControl, type TestControl } from '../support/control.ts';
import { engineTest } from '../support/engine.ts';
import { refused } from '../support/refused.ts';
import { issuers, sendSigned } from '../support/signing.ts';
import { until } from '../support/until.ts';
import { workspace, workspacePath } from '../support/workspaces.ts';

const ada = 'app:ada@example.com';
const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

/** A control whose workspaces are made of an image with Python and ripgrep when they are first asked for. */
async function startControl(t: TestContext): Promise<TestControl> {
  const control = await startTestControl(t, { ...issuers, 'workspaces.template': 'everyone' });
  const made = await control.fetch('/v1/templates', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      name: 'everyone',
      image: { uri: pythonImage },
      entrypoint: ['sleep', 'infinity'],
      resourceLimits: { cpu: '1', memory: '256Mi' },
    }),
  });
  assert.equal(made.status, 201, await made.clone().text());
  return control;
}

async function answerOf(
  control: TestControl,
  tool: string,
  parameters: object,
  init: RequestInit = {},
): Promise<ToolAnswer> {
  const response = await control.fetch(workspacePath(ada, `/tools/${tool}`), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(parameters),
    ...init,
  });
  assert.equal(response.status, 200, await response.clone().text());
  return (await response.json()) as ToolAnswer;
}

async function call<Result = Record<string, unknown>>(
  control: TestControl,
  tool: string,
  parameters: object,
): Promise<Result> {
  const { success, result, error } = await answerOf(control, tool, parameters);
  assert.ok(success, JSON.stringify(error));
  return result as Result;
}

engineTest('the tools of a workspace', async (t) => {
  const control = await startControl(t);

  await t.test('are listed with their schemas, and nothing is made by that', async () => {
    const response = await control.fetch(workspacePath(ada, '/tools'));
    const { tools } = (await response.json()) as { tools: ShownTool[] };
    assert.deepEqual(
      tools.map(({ name }) => name),
      catalogue.map(({ name }) => name),
    );
    const read = tools.find(({ name }) => name === 'readLocalFile')!;
    assert.deepEqual([read.aliases, read.hints.readOnly, read.confirm], [['readFile'], true, false]);
    assert.deepEqual((read.parameters as { required: string[] }).required, ['path']);
    await refused(await control.fetch(workspacePath(ada)), 'WORKSPACE_NOT_FOUND', 'key');
  });

  await t.test('a call makes the workspace, by either name of the tool', async () => {
    const written = await answerOf(control, 'writeFile', { path: 'notes.md', content: '# Notes\none\ntwo\n' });
    assert.deepEqual([written.success, written.sessionExpiredAndRecreated], [true, undefined]);
    assert.equal((written.result as { path: string }).path, '/workspace/notes.md');
    const { content, loc } = await call(control, 'readLocalFile', {
      path: 'notes.md',
      startLine: 2,
      extra: 1,
      endLine: null,
    });
    assert.deepEqual([content, loc], ['one\ntwo', [2, 3]]);
    const { diffText } = await call(control, 'editFile', { path: 'notes.md', search: 'one', replace: '1' });
    assert.match(String(diffText), /-one\n\+1/);
    const { files } = await call<{ files: { name: string }[] }>(control, 'listFiles', { directoryPath: '.' });
    assert.ok(files.some(({ name }) => name === 'notes.md'));
    assert.equal((await workspace(control, ada)).sandbox?.status.state, 'Running');
  });

  await t.test('grepContent asks the ripgrep of the image', async () => {
    const { matches, engine } = await call<{ matches: object[]; engine: string }>(control, 'grepContent', {
      pattern: '^(1|two)$',
      directory: '/workspace',
    });
    assert.equal(engine, 'ripgrep');
    assert.deepEqual(matches, [
      { path: '/workspace/notes.md', lineNumber: 2, content: '1' },
      { path: '/workspace/notes.md', lineNumber: 3, content: 'two' },
    ]);
  });

  await t.test('what a tool fails with is an answer, and so are wrong parameters', async () => {
    const missing = await answerOf(control, 'readLocalFile', { path: 'nowhere' });
    assert.deepEqual([missing.success, missing.result, missing.error?.name], [false, null, 'FILE_NOT_FOUND']);
    assert.match(missing.error!.message, /^nowhere: there is no such file/);
    const wrong = await answerOf(control, 'readLocalFile', { path: 7 });
    assert.deepEqual([wrong.success, wrong.error?.name], [false, 'INVALID_REQUEST_BODY']);
    assert.match(wrong.error!.message, /^path: .*expected string/);
    const nothing = await answerOf(control, 'readLocalFile', {}, { body: '' });
    assert.match(nothing.error!.message, /^path:/);
    const closed = await answerOf(control, 'editLocalFile', { path: 'notes.md', search: 'nothing such', replace: '' });
    assert.equal(closed.error?.name, 'TEXT_NOT_FOUND');
  });

  await t.test('an image comes with where it is downloaded from', async () => {
    const { sandbox } = await workspace(control, ada);
    const agent = await control.agent(sandbox!.id);
    await agent.run(`echo ${png.toString('base64')} | base64 -d >/workspace/dot.png`);
    const { isImage, imageUrl } = await call<{ isImage: boolean; imageUrl: string }>(control, 'readFile', {
      path: 'dot.png',
    });
    assert.equal(isImage, true);
    const response = await control.fetch(imageUrl);
    assert.deepEqual(Buffer.from(await response.arrayBuffer()), png);
  });

  await t.test('a host application signs, and reaches its own', async () => {
    const body = JSON.stringify({ path: 'notes.md' });
    const path = workspacePath(ada, '/tools/readLocalFile');
    const signed = await sendSigned(control.url, { method: 'POST', path, body });
    assert.equal(((await signed.json()) as ToolAnswer).success, true);
    const other = workspacePath('other:bob', '/tools/readLocalFile');
    await refused(await sendSigned(control.url, { method: 'POST', path: other, body }), 'ISSUER_NOT_ALLOWED', 'key');
  });

  await t.test('no such tool, no such key', async () => {
    const post = (path: string) => control.fetch(path, { method: 'POST' });
    await refused(await post(workspacePath(ada, '/tools/formatDisk')), 'TOOL_NOT_FOUND', 'name');
    await refused(await post(workspacePath('nobody', '/tools/readLocalFile')), 'INVALID_WORKSPACE_KEY', 'key');
  });

  await t.test('who goes away ends what the tool was doing', async () => {
    const gone = new AbortController();
    const { sandbox } = await workspace(control, ada);
    const agent = await control.agent(sandbox!.id);
    const runs = async () => (await agent.run('pgrep -fx "sleep 3599" || true')).stdout.trim() !== '';
    const calling = answerOf(control, 'runCommand', { command: 'exec sleep 3599' }, { signal: gone.signal });
    await Promise.race([until(runs, 'the command runs'), calling]);
    gone.abort();
    await assert.rejects(calling, { name: 'AbortError' });
    await until(async () => !(await runs()), 'the command has ended');
  });

  await t.test('a sandbox that has ended is followed by another, which the answer says', async () => {
    const { sandbox } = await workspace(control, ada);
    assert.equal((await control.fetch(`/v1/sandboxes/${sandbox!.id}`, { method: 'DELETE' })).status, 204);
    const again = await answerOf(control, 'readLocalFile', { path: 'notes.md' });
    assert.deepEqual(
      [again.success, again.sessionExpiredAndRecreated, again.error?.name],
      [false, true, 'FILE_NOT_FOUND'],
    );
    const then = await answerOf(control, 'listLocalFiles', { directoryPath: '/' });
    assert.deepEqual([then.success, then.sessionExpiredAndRecreated], [true, undefined]);
  });
});
