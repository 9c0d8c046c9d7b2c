import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { createExecdClient, FilesystemAdapter } from '@alibaba-group/opensandbox/internal';
import { startFiles } from './server.ts';

test('OpenSandbox’s JavaScript SDK does everything with files that it can', async (t) => {
  const { dir, port } = await startFiles(t);
  const baseUrl = `http://127.0.0.1:${port}`;
  const files = new FilesystemAdapter(createExecdClient({ baseUrl }), { baseUrl });

  await files.createDirectories([{ path: 'work', mode: 755 }]);
  const bytes = new Uint8Array(randomBytes(300_000));
  const stream = (async function* () {
    yield bytes.subarray(0, 100_000);
    yield bytes.subarray(100_000);
  })();
  await files.writeFiles([
    { path: 'work/text.txt', data: 'one\ntwo\nthree\n', mode: 640 },
    { path: 'work/bytes', data: bytes },
    { path: 'work/streamed', data: stream },
    { path: 'work/empty' },
  ]);
  assert.deepEqual(await files.readBytes('work/bytes'), bytes);
  assert.deepEqual(await files.readBytes('work/streamed'), bytes);
  assert.equal(await files.readFile('work/empty'), '');
  assert.equal(await files.readFile('work/text.txt', { range: 'bytes=4-6' }), 'two');
  assert.equal(await files.readFile('work/text.txt', { offset: 2, limit: 1 }), 'two');

  assert.deepEqual(
    await files.replaceContentsDetailed([{ path: 'work/text.txt', oldContent: 'two', newContent: '2' }]),
    [{ path: 'work/text.txt', replacedCount: 1 }],
  );
  await files.replaceContents([{ path: 'work/text.txt', oldContent: 'one', newContent: '1' }]);
  assert.equal(await files.readFile('work/text.txt'), '1\n2\nthree\n');

  await files.setPermissions([{ path: 'work/text.txt', mode: 600 }]);
  await files.moveFiles([{ src: 'work/text.txt', dest: 'work/deep/renamed.txt' }]);
  const info = (await files.getFileInfo(['work/deep/renamed.txt']))['work/deep/renamed.txt'];
  assert.deepEqual([info?.mode, info?.size, info?.type], [600, 10, 'file']);
  assert.ok(info?.modifiedAt instanceof Date && info.createdAt instanceof Date);

  const found = await files.search({ path: 'work', pattern: '*.txt' });
  assert.deepEqual(
    found.map(({ path }) => path),
    [`${dir}/work/deep/renamed.txt`],
  );
  const listed = await files.listDirectory({ path: 'work', depth: 1 });
  assert.deepEqual(
    listed.map(({ path }) => path.slice(dir.length + 6)),
    ['bytes', 'deep', 'empty', 'streamed'],
  );

  await files.deleteFiles(['work/bytes', 'work/streamed']);
  await files.deleteDirectories(['work']);
  await assert.rejects(files.getFileInfo(['work']), /no such file/);
  await assert.rejects(files.readFile('work/bytes'), { statusCode: 404 });
});
