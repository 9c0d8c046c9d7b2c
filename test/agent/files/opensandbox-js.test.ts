import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { createExecdClient, FilesystemAdapter } from '@alibaba-group/opensandbox/internal';
import { startFiles } from './server.ts';

test('OpenSandbox’s JavaScript SDK does everything with files that it can', async (t) => {
  const { dir, port } = await startFiles(t);
  const baseUrl = `http://127.0.0.1:${port}`;
  const files = new FilesystemAdapter(createExecdClient({ baseUrl }), { baseUrl });

  await files.createDirectories([{ path: 'docs', mode: 755 }]);
  const bytes = new Uint8Array(randomBytes(300_000));
  const stream = (async function* () {
    yield bytes.subarray(0, 100_000);
    yield bytes.subarray(100_000);
  })();
  await files.writeFiles([
    { path: 'docs/text.txt', data: 'one\ntwo\nthree\n', mode: 640 },
    { path: 'docs/bytes', data: bytes },
    { path: 'docs/streamed', data: stream },
    { path: 'docs/empty' },
  ]);
  assert.deepEqual(await files.readBytes('docs/bytes'), bytes);
  assert.deepEqual(await files.readBytes('docs/streamed'), bytes);
  assert.equal(await files.readFile('docs/empty'), '');
  assert.equal(await files.readFile('docs/text.txt', { range: 'bytes=4-6' }), 'two');
  assert.equal(await files.readFile('docs/text.txt', { offset: 2, limit: 1 }), 'two');

  assert.deepEqual(
    await files.replaceContentsDetailed([{ path: 'docs/text.txt', oldContent: 'two', newContent: '2' }]),
    [{ path: 'docs/text.txt', replacedCount: 1 }],
  );
  await files.replaceContents([{ path: 'docs/text.txt', oldContent: 'one', newContent: '1' }]);
  assert.equal(await files.readFile('docs/text.txt'), '1\n2\nthree\n');

  await files.setPermissions([{ path: 'docs/text.txt', mode: 600 }]);
  await files.moveFiles([{ src: 'docs/text.txt', dest: 'docs/deep/renamed.txt' }]);
  const info = (await files.getFileInfo(['docs/deep/renamed.txt']))['docs/deep/renamed.txt'];
  assert.deepEqual([info?.mode, info?.size, info?.type], [600, 10, 'file']);
  assert.ok(info?.modifiedAt instanceof Date && info.createdAt instanceof Date);

  const found = await files.search({ path: 'docs', pattern: '*.txt' });
  assert.deepEqual(
    found.map(({ path }) => path),
    [`${dir}/docs/deep/renamed.txt`],
  );
  const listed = await files.listDirectory({ path: 'docs', depth: 1 });
  assert.deepEqual(
    listed.map(({ path }) => path.slice(dir.length + 6)),
    ['bytes', 'deep', 'empty', 'streamed'],
  );

  await files.deleteFiles(['docs/bytes', 'docs/streamed']);
  await files.deleteDirectories(['docs']);
  await assert.rejects(files.getFileInfo(['docs']), /no such file/);
  await assert.rejects(files.readFile('docs/bytes'), { statusCode: 404 });
});
