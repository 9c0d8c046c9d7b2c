import assert from 'node:assert/strict';
import { chmodSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { editLocalFile } from '../../../shared/api/tools/edit-local-file.ts';
import { startToolBox } from './tool-box.ts';

test('editLocalFile replaces an exact string and answers with the difference', async (t) => {
  const { call, refusal, dir, put } = await startToolBox(t);
  const file = join(dir, 'a.py');
  const text = () => readFileSync(file, 'utf8');
  put('a.py', 'def f():\n    return 1\n\ndef g():\n    return 2\n');
  chmodSync(file, 0o755);
  const { path, replacements, linesAdded, linesDeleted, diffText, notice } = await call(editLocalFile, {
    path: 'a.py',
    search: 'return 2',
    replace: 'x = 2\n    return x',
  });
  assert.deepEqual([path, replacements, linesAdded, linesDeleted, notice], [file, 1, 2, 1, undefined]);
  assert.equal(text(), 'def f():\n    return 1\n\ndef g():\n    x = 2\n    return x\n');
  assert.match(diffText, /^--- a\/.*a\.py\t?\n\+\+\+ b\/.*a\.py\t?\n@@ -2,4 \+2,5 @@\n/m);
  assert.match(diffText, /\n- {4}return 2\n\+ {4}x = 2\n\+ {4}return x\n/);
  assert.equal(statSync(file).mode & 0o777, 0o755);

  await t.test('one that is there several times is refused, unless all are meant', async () => {
    const { message, field } = await refusal(
      editLocalFile,
      { path: 'a.py', search: 'def ', replace: 'async def ' },
      'TEXT_NOT_UNIQUE',
    );
    assert.match(message, /2 times, in lines 1, 4/);
    assert.equal(field, 'search');
    const all = await call(editLocalFile, { path: 'a.py', search: 'def ', replace: 'async def ', all: true });
    assert.deepEqual([all.replacements, all.linesAdded, all.linesDeleted], [2, 2, 2]);
  });

  await t.test('one that is not there is refused, with where it may be meant', async () => {
    const before = text();
    const missing = async (search: string) =>
      (await refusal(editLocalFile, { path: 'a.py', search, replace: '!' }, 'TEXT_NOT_FOUND')).message;
    assert.match(await missing('  async def f():\n  return 1'), /Line 1 .*white space alone/);
    assert.match(await missing('async def g():\n    return 3'), /first line stands in line 4/);
    assert.match(await missing('class'), /Read the file again/);
    assert.equal(text(), before);
  });

  await t.test('nothing to search for, nothing to change, no such file', async () => {
    await refusal(editLocalFile, { path: 'a.py', search: '', replace: 'x' }, 'INVALID_REQUEST_BODY');
    await refusal(editLocalFile, { path: 'a.py', search: 'f', replace: 'f' }, 'INVALID_PARAMETER');
    await refusal(editLocalFile, { path: 'nowhere', search: 'f', replace: 'g' }, 'FILE_NOT_FOUND');
    await refusal(editLocalFile, { path: '.', search: 'f', replace: 'g' }, 'INVALID_FILE');
  });
});

test('an edit leaves every other byte as it was', async (t) => {
  const { call, refusal, dir, put } = await startToolBox(t);
  const edit = async (before: Buffer, search: string, replace: string) => {
    put('f', before);
    await call(editLocalFile, { path: 'f', search, replace });
    return readFileSync(join(dir, 'f'));
  };
  assert.deepEqual(
    await edit(Buffer.from('a\xff\xfeb one c\xe9', 'latin1'), 'one', '1'),
    Buffer.from('a\xff\xfeb 1 c\xe9', 'latin1'),
  );
  assert.equal(String(await edit(Buffer.from('a\r\nb\r\nc\r\n'), 'a\nb', '1\n2\n3')), '1\r\n2\r\n3\r\nc\r\n');
  assert.equal(String(await edit(Buffer.from('a\r\nb\nc'), 'b', 'x\ny')), 'a\r\nx\ny\nc');
  assert.equal(String(await edit(Buffer.from('a$b'), '$b', '$&$1')), 'a$&$1');
  const wide = (text: string) => Buffer.from(`\ufeff${text}`, 'utf16le');
  assert.deepEqual(await edit(wide('grüß\ngott'), 'grüß', 'hallo'), wide('hallo\ngott'));
  assert.equal(String(await edit(Buffer.from('\ufeffone'), 'one', 'two')), '\ufefftwo');
  put('f', Buffer.from([97, 0, 98]));
  await refusal(editLocalFile, { path: 'f', search: 'a', replace: 'b' }, 'INVALID_FILE');
});

test('edits that come side by side are all done', async (t) => {
  const { call, dir, put } = await startToolBox(t);
  const words = Array.from({ length: 20 }, (_, i) => `word${i};`);
  put('f', words.join('\n'));
  await Promise.all(words.map((word) => call(editLocalFile, { path: 'f', search: word, replace: word.toUpperCase() })));
  assert.equal(readFileSync(join(dir, 'f'), 'utf8'), words.join('\n').toUpperCase());
});

test('a diff that a model would choke on is cut; the edit is whole', async (t) => {
  const { call, dir, put } = await startToolBox(t);
  put('f', 'some line\n'.repeat(10_000));
  const { replacements, linesAdded, linesDeleted, diffText, notice } = await call(editLocalFile, {
    path: 'f',
    search: 'some',
    replace: 'another',
    all: true,
  });
  assert.equal(replacements, 10_000);
  assert.deepEqual([linesAdded, linesDeleted], [10_000, 10_000]);
  assert.ok(diffText.length <= 30_000);
  assert.ok(notice);
  assert.equal(readFileSync(join(dir, 'f'), 'utf8'), 'another line\n'.repeat(10_000));
});

test('editLocalFile makes no file that is larger than what it edits may be', async (t) => {
  const { refusal, dir, put } = await startToolBox(t);
  put('many.txt', 'a'.repeat(50_000));
  const parameters = { path: 'many.txt', search: 'a', replace: 'b'.repeat(1000), all: true };
  const { message } = await refusal(editLocalFile, parameters, 'INVALID_FILE');
  assert.match(message, /50000000 bytes/);
  assert.equal(readFileSync(join(dir, 'many.txt'), 'utf8'), 'a'.repeat(50_000));
});
