import assert from 'node:assert/strict';
import type { ToolAnswer } from '../../shared/api/tools/envelope.ts';
import { startTestControl } from '../support/control.ts';
import { jsonBody } from '../support/control-client.ts';
import { engineTest } from '../support/engine.ts';
import { startObjectStore } from '../support/object-store.ts';
import { ensure, workspacePath } from '../support/workspaces.ts';

interface Exported {
  filename: string;
  path: string;
  size: number;
  mimeType: string;
  url?: string;
  uploaded?: boolean;
}

engineTest('files of a workspace are handed out, by a link or to an object store', async (t) => {
  const store = await startObjectStore(t);
  const control = await startTestControl(t, { 'transfers.allowed_hosts': store.host });
  const key = 'app:ada';
  await ensure(control, key);
  const call = async (tool: string, parameters: object): Promise<ToolAnswer<Exported>> => {
    const response = await control.fetch(workspacePath(key, `/tools/${tool}`), jsonBody(parameters));
    assert.equal(response.status, 200);
    return (await response.json()) as ToolAnswer<Exported>;
  };
  const run = await call('runCommand', { command: 'mkdir -p /tmp/out && echo "a,b" > /tmp/out/table.csv' });
  assert.equal(run.success, true);
  const file = { path: 'table.csv', cwd: '/tmp/out' };
  const about = { success: true, filename: 'table.csv', path: '/tmp/out/table.csv', size: 4, mimeType: 'text/csv' };

  await t.test('without a URL the answer has a link, which what opens the workspace opens', async () => {
    const { result } = await call('exportFile', file);
    const { url, ...rest } = result!;
    assert.deepEqual(rest, about);
    assert.equal(await (await control.fetch(url!)).text(), 'a,b\n');
  });

  await t.test('with a pre-signed URL it is sent there, by either name of the tool', async () => {
    for (const tool of ['exportFile', 'exportAndUploadFile']) {
      const { success, result } = await call(tool, { ...file, uploadUrl: store.sign('PUT', tool) });
      assert.deepEqual([success, result], [true, { ...about, uploaded: true }]);
      const stored = (await store.get(tool))!;
      assert.deepEqual([stored.headers.get('content-type'), await stored.text()], ['text/csv', 'a,b\n']);
    }
  });

  await t.test('what the store or this server refuses is the tool’s failure, and says why', async () => {
    for (const [parameters, name, words] of [
      [{ ...file, uploadUrl: `${store.sign('PUT', 'x').slice(0, -4)}0000` }, 'STORE_REFUSED', /SignatureDoesNotMatch/],
      [{ ...file, uploadUrl: 'http://169.254.169.254/latest' }, 'TRANSFER_URL_NOT_ALLOWED', /uploadUrl/],
      [
        { ...file, uploadUrl: `http://localhost:${control.control.url.split(':').at(-1)}/x` },
        'TRANSFER_URL_NOT_ALLOWED',
        /localhost/,
      ],
      [{ ...file, uploadUrl: 'file:///etc/passwd' }, 'INVALID_REQUEST_BODY', /uploadUrl/],
      [{ path: '/nowhere', uploadUrl: store.sign('PUT', 'x') }, 'FILE_NOT_FOUND', /nowhere/],
    ] as const) {
      const { success, result, error } = await call('exportFile', parameters);
      assert.deepEqual([success, result, error?.name], [false, null, name], error?.message);
      assert.match(error!.message, words);
    }
    assert.equal(await store.get('x'), undefined);
  });
});
