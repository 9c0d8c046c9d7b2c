import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readFileSync, statSync, symlinkSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { listLocalFiles } from '../../../shared/api/tools/list-local-files.ts';
import { moveLocalFiles } from '../../../shared/api/tools/move-local-files.ts';
import { mostCharacters, readLocalFile } from '../../../shared/api/tools/read-local-file.ts';
import { renameLocalFile } from '../../../shared/api/tools/rename-local-file.ts';
import { writeLocalFile } from '../../../shared/api/tools/write-local-file.ts';
import { startToolBox, worker } from './tool-box.ts';

const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

test('listLocalFiles has the entries of a directory, directories first, without what is being written', async (t) => {
  const { call, refusal, dir, put, folder } = await startToolBox(t);
  folder('sub');
  put('b.txt', 'bbb');
  put('.hidden', '');
  put('.cubby-0123', 'unfinished');
  symlinkSync('sub', join(dir, 'link'));
  symlinkSync('nowhere', join(dir, 'broken'));
  const { files, totalCount, path, notice } = await call(listLocalFiles, { directoryPath: '.' });
  assert.deepEqual(
    files.map(({ name, isDirectory, type }) => [name, isDirectory, type]),
    [
      ['link', true, 'symlink'],
      ['sub', true, 'directory'],
      ['.hidden', false, 'file'],
      ['b.txt', false, 'file'],
      ['broken', false, 'symlink'],
    ],
  );
  assert.deepEqual([totalCount, path, notice], [5, dir, undefined]);
  assert.deepEqual([files[0]!.target, files[3]!.size, files[3]!.path], ['sub', 3, join(dir, 'b.txt')]);
  const bySize = await call(listLocalFiles, { directoryPath: 'link/..', sortBy: 'size', limit: 1, sortOrder: 'asc' });
  assert.equal(bySize.files[0]!.size, 0);

  await t.test('a page of it, and where to go on', async () => {
    const page = await call(listLocalFiles, { directoryPath: dir, limit: 2, offset: 1 });
    assert.deepEqual(
      page.files.map(({ name }) => name),
      ['sub', '.hidden'],
    );
    assert.match(page.notice!, /2 to 3 of 5.*offset 3/);
  });

  await t.test('what is no directory, is not there, or is not for the user to see is told so', async () => {
    assert.equal((await refusal(listLocalFiles, { directoryPath: 'b.txt' }, 'INVALID_FILE')).field, 'directoryPath');
    await refusal(listLocalFiles, { directoryPath: 'nowhere' }, 'FILE_NOT_FOUND');
    const { field, expected } = await refusal(listLocalFiles, {}, 'INVALID_REQUEST_BODY');
    assert.deepEqual([field, typeof expected], ['directoryPath', 'string']);
    if (worker.uid === process.getuid!()) return;
    mkdirSync(join(dir, 'closed'), { mode: 0o700 });
    await refusal(listLocalFiles, { directoryPath: 'closed' }, 'PERMISSION_DENIED');
  });
});

test('readLocalFile has lines of a text, counted from 1, both ends included', async (t) => {
  const { call, refusal, dir, put } = await startToolBox(t);
  put('a.TXT', 'one\ntwo\r\nthree\n\nfive');
  const whole = await call(readLocalFile, { path: 'a.TXT' });
  assert.equal(whole.content, 'one\ntwo\r\nthree\n\nfive');
  const { filename, fileType, loc, totalLineCount, charCount, totalCharCount, size } = whole;
  assert.deepEqual([filename, fileType, loc, totalLineCount], ['a.TXT', 'txt', [1, 5], 5]);
  assert.deepEqual([charCount, totalCharCount, size], [20, 20, 20]);
  const some = await call(readLocalFile, { path: join(dir, 'a.TXT'), startLine: 2, endLine: 4 });
  assert.deepEqual([some.content, some.loc, some.notice], ['two\r\nthree\n', [2, 4], undefined]);

  await t.test('a long one is cut at a line, and the notice says where to go on', async () => {
    const line = `${'x'.repeat(99)}\n`;
    put('long', line.repeat(1000));
    const { loc, content, notice, totalLineCount, fileType } = await call(readLocalFile, {
      path: 'long',
      startLine: 11,
    });
    assert.deepEqual([loc, content.length <= mostCharacters, totalLineCount], [[11, 310], true, 1000]);
    assert.match(notice!, /11 to 310 of 1000.*startLine 311/);
    assert.equal(fileType, 'txt');
    put('one-line', 'é'.repeat(100_000));
    const one = await call(readLocalFile, { path: 'one-line' });
    assert.deepEqual([one.content.length, one.loc, one.totalCharCount], [mostCharacters, [1, 1], 100_000]);
    assert.match(one.notice!, /longer than/);
  });

  await t.test('of a file that is too large to be counted, what is wanted is read', async () => {
    put('sparse', 'first\nsecond\n');
    truncateSync(join(dir, 'sparse'), 200 * 1024 * 1024);
    const { content, totalLineCount } = await call(readLocalFile, { path: 'sparse', endLine: 2 });
    // Zeroes make it no text; only its beginning is looked at, and has some.
    assert.match(content, /No text/);
    assert.equal(totalLineCount, 0);
    put('large', 'line\n'.repeat(14_000_000));
    const large = await call(readLocalFile, { path: 'large', startLine: 3, endLine: 4 });
    assert.deepEqual([large.content, large.loc, large.totalLineCount], ['line\nline', [3, 4], undefined]);
  });

  await t.test('empty files, lines behind the end, and the wrong way round', async () => {
    put('empty', '');
    const { content, loc, totalLineCount } = await call(readLocalFile, { path: 'empty' });
    assert.deepEqual([content, loc, totalLineCount], ['', [0, 0], 0]);
    const behind = await call(readLocalFile, { path: 'a.TXT', startLine: 6 });
    assert.deepEqual([behind.content, behind.loc], ['', [0, 0]]);
    assert.match(behind.notice!, /no line 6: the file has 5/);
    assert.equal(
      (await refusal(readLocalFile, { path: 'a.TXT', startLine: 2, endLine: 1 }, 'INVALID_PARAMETER')).field,
      'endLine',
    );
    await refusal(readLocalFile, { path: 'a.TXT', startLine: 0 }, 'INVALID_REQUEST_BODY');
    await refusal(readLocalFile, { path: '.' }, 'INVALID_FILE');
    await refusal(readLocalFile, { path: 'nowhere' }, 'FILE_NOT_FOUND');
    await refusal(readLocalFile, { path: 'a\0b' }, 'INVALID_PARAMETER');
  });

  await t.test('UTF-16 and UTF-8 with a mark are text; an image and a binary are told so', async () => {
    put('wide.txt', Buffer.from('\ufeffgrüß\nGott', 'utf16le'));
    assert.equal((await call(readLocalFile, { path: 'wide.txt' })).content, 'grüß\nGott');
    put('marked.txt', '\ufeffgrüß');
    assert.equal((await call(readLocalFile, { path: 'marked.txt' })).content, 'grüß');
    put('dot.png', png);
    const image = await call(readLocalFile, { path: 'dot.png' });
    assert.deepEqual([image.isImage, image.mimeType, image.isBinary], [true, 'image/png', undefined]);
    put('x.bin', Buffer.from([1, 2, 0, 3]));
    const binary = await call(readLocalFile, { path: 'x.bin' });
    assert.deepEqual([binary.isBinary, binary.isImage, binary.mimeType], [true, undefined, 'application/octet-stream']);
  });
});

test('writeLocalFile writes a whole file, which keeps its mode', async (t) => {
  const { call, refusal, dir } = await startToolBox(t);
  const first = await call(writeLocalFile, { path: 'a.txt', content: 'grüß' });
  assert.deepEqual([first.bytesWritten, first.created, first.path], [6, true, join(dir, 'a.txt')]);
  assert.equal(statSync(join(dir, 'a.txt')).uid, worker.uid);
  chmodSync(join(dir, 'a.txt'), 0o750);
  const large = 'x'.repeat(100_000);
  const second = await call(writeLocalFile, { path: 'a.txt', content: large });
  assert.deepEqual([second.bytesWritten, second.created], [100_000, false]);
  assert.equal(readFileSync(join(dir, 'a.txt'), 'utf8'), large);
  assert.equal(statSync(join(dir, 'a.txt')).mode & 0o777, 0o750);
  await call(writeLocalFile, { path: 'a.txt', content: '' });
  assert.equal(readFileSync(join(dir, 'a.txt'), 'utf8'), '');

  await t.test('missing directories are made when that is asked for', async () => {
    const { message } = await refusal(writeLocalFile, { path: 'd/e/f', content: 'x' }, 'FILE_NOT_FOUND');
    assert.match(message, /no directory/);
    await call(writeLocalFile, { path: 'd/e/f', content: 'x', createDirectories: true });
    assert.equal(readFileSync(join(dir, 'd/e/f'), 'utf8'), 'x');
    assert.equal(statSync(join(dir, 'd')).uid, worker.uid);
  });

  await t.test('what can’t be written is told so', async () => {
    await refusal(writeLocalFile, { path: 'd', content: 'x' }, 'INVALID_FILE');
    await refusal(writeLocalFile, { path: 'a.txt' }, 'INVALID_REQUEST_BODY');
    await refusal(writeLocalFile, { path: 'a.txt', content: '\ud800' }, 'INVALID_REQUEST_BODY');
    if (worker.uid !== process.getuid!())
      await refusal(writeLocalFile, { path: '/etc/x', content: 'x' }, 'PERMISSION_DENIED');
  });
});

test('moveLocalFiles moves one after the other, and tells of each', async (t) => {
  const { call, refusal, dir, put, folder } = await startToolBox(t);
  for (const name of ['a', 'b', 'c', 'd', 'taken']) put(name, name);
  for (const name of ['into', 'tree']) folder(name);
  put('tree/leaf', 'tree/leaf');
  const { results, successCount } = await call(moveLocalFiles, {
    operations: [
      { source: 'a', destination: 'made/here' },
      { source: 'nowhere', destination: 'x' },
      { source: 'b', destination: 'into' },
      { source: 'c', destination: 'taken' },
      { source: 'd', destination: 'taken', overwrite: true },
      { source: 'tree', destination: 'moved/' },
    ],
  });
  assert.equal(successCount, 4);
  assert.deepEqual(
    results.map(({ success, destination }) => [success, destination]),
    [
      [true, join(dir, 'made/here')],
      [false, 'x'],
      [true, join(dir, 'into/b')],
      [false, 'taken'],
      [true, join(dir, 'taken')],
      [true, join(dir, 'moved/tree')],
    ],
  );
  assert.match(results[1]!.error!, /no such file/);
  assert.match(results[3]!.error!, /exists already/);
  assert.equal(readFileSync(join(dir, 'taken'), 'utf8'), 'd');
  assert.equal(readFileSync(join(dir, 'c'), 'utf8'), 'c');
  assert.equal(readFileSync(join(dir, 'moved/tree/leaf'), 'utf8'), 'tree/leaf');
  await refusal(moveLocalFiles, { operations: [] }, 'INVALID_REQUEST_BODY');
});

test('renameLocalFile gives another name in the same directory', async (t) => {
  const { call, refusal, dir, put, folder } = await startToolBox(t);
  folder('sub');
  put('sub/a', 'a');
  put('sub/b', 'b');
  assert.deepEqual(await call(renameLocalFile, { oldPath: 'sub/a', newName: 'c' }), {
    oldPath: join(dir, 'sub/a'),
    newPath: join(dir, 'sub/c'),
  });
  await refusal(renameLocalFile, { oldPath: 'sub/b', newName: 'c' }, 'FILE_ALREADY_EXISTS');
  await refusal(renameLocalFile, { oldPath: 'sub/a', newName: 'd' }, 'FILE_NOT_FOUND');
  for (const newName of ['../x', 'a/b', '..', '']) {
    assert.equal(
      (await refusal(renameLocalFile, { oldPath: 'sub/b', newName }, 'INVALID_REQUEST_BODY')).field,
      'newName',
    );
  }
});
