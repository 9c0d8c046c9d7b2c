import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { refusedWith, type World } from './world.ts';

const dir = '/workspace/sdk';
const path = `${dir}/wörter „ä“.txt`;

/** Claims about files. */
export async function fileClaims(t: TestContext, world: World): Promise<void> {
  const { files } = world.sandbox;

  await t.test('files are written as text, bytes and streams, and read whole, in part and by line', async () => {
    await files.createDirectories([{ path: dir, mode: 755 }]);
    const bytes = Uint8Array.from({ length: 300_000 }, (_, index) => index % 256);
    const parts = async function* () {
      for (let at = 0; at < bytes.length; at += 50_000) yield bytes.subarray(at, at + 50_000);
    };
    await files.writeFiles([
      { path, data: 'eins\nzwei\ndrei\n', mode: 640 },
      { path: `${dir}/bytes`, data: bytes },
      { path: `${dir}/stream`, data: parts() },
    ]);
    assert.equal(await files.readFile(path), 'eins\nzwei\ndrei\n');
    assert.equal(await files.readFile(path, { range: 'bytes=5-8' }), 'zwei');
    assert.equal(await files.readFile(path, { offset: 2, limit: 1 }), 'zwei');
    assert.deepEqual(await files.readBytes(`${dir}/bytes`), bytes);
    const read: Uint8Array[] = [];
    for await (const part of files.readBytesStream(`${dir}/stream`)) read.push(part);
    assert.deepEqual(new Uint8Array(Buffer.concat(read)), bytes);
  });

  await t.test('they are found, listed and told of', async () => {
    const found = await files.search({ path: dir, pattern: '*.txt' });
    assert.deepEqual(
      found.map((file) => file.path),
      [path],
    );
    const names = (await files.listDirectory({ path: '/workspace', depth: 2 })).map((file) => file.path);
    assert.deepEqual(names, [dir, `${dir}/bytes`, `${dir}/stream`, path]);
    const info = (await files.getFileInfo([path]))[path]!;
    assert.deepEqual([info.size, info.mode, info.owner, info.modifiedAt instanceof Date], [15, 640, 'root', true]);
  });

  await t.test('they are moved, changed, given away and removed', async () => {
    const moved = `${dir}/new/words.txt`;
    await files.moveFiles([{ src: path, dest: moved }]);
    await files.setPermissions([{ path: moved, owner: 'user', group: 'user', mode: 600 }]);
    const info = (await files.getFileInfo([moved]))[moved]!;
    assert.deepEqual([info.owner, info.group, info.mode], ['user', 'user', 600]);
    await files.replaceContents([{ path: moved, oldContent: 'zwei', newContent: 'ei ei' }]);
    const counted = await files.replaceContentsDetailed([{ path: moved, oldContent: 'ei', newContent: 'o' }]);
    assert.deepEqual(counted, [{ path: moved, replacedCount: 4 }]);
    assert.equal(await files.readFile(moved), 'ons\no o\ndro\n');
    await files.deleteFiles([moved, `${dir}/never-was`]);
    await files.deleteDirectories([dir]);
    await refusedWith(files.getFileInfo([moved]), 404, 'FILE_NOT_FOUND');
    await assert.rejects(files.readFile(moved), { statusCode: 404 });
  });
}
