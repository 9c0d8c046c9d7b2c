import assert from 'node:assert/strict';
import { chmodSync, symlinkSync, utimesSync } from 'node:fs';
import { join, relative } from 'node:path';
import { test } from 'node:test';
import { globLocalFiles } from '../../../shared/api/tools/glob-local-files.ts';
import { searchLocalFiles } from '../../../shared/api/tools/search-local-files.ts';
import { startToolBox, type ToolBox, worker } from './tool-box.ts';

/** A tree with what a search meets: hidden and left out directories, links that lead round, a directory that is closed. */
function plant({ put, folder, dir }: ToolBox): void {
  put('src/a.ts', 'const needle = 1;\n');
  put('src/deep/er/b.tsx', 'nothing\n');
  put('src/deep/NEEDLE.md', '# Needle\n');
  put('.hidden/c.ts', 'x');
  put('node_modules/m/d.ts', 'needle');
  put('.git/e.ts', 'needle');
  put('src/.cubby-0123456789', 'needle');
  put('pic.png', 'x'.repeat(5000));
  put('binary.ts', Buffer.from('needle\0needle'));
  folder('closed');
  put('closed/f.ts', 'needle');
  symlinkSync('..', join(dir, 'src/loop'));
  symlinkSync('a.ts', join(dir, 'src/link.ts'));
  utimesSync(join(dir, 'src/a.ts'), 1000, 1_600_000_000);
  utimesSync(join(dir, 'pic.png'), 1000, 1_500_000_000);
  chmodSync(join(dir, 'closed'), 0);
}

const asRoot = worker.uid === 0;
const closedFile = asRoot ? ['closed/f.ts'] : [];

test('globLocalFiles finds files by a pattern, the last changed first', async (t) => {
  const box = await startToolBox(t);
  const { call, refusal, dir } = box;
  plant(box);
  const glob = async (pattern: string, more: object = {}) => {
    const answer = await call(globLocalFiles, { pattern, ...more });
    return answer.files.map((file) => relative(dir, file)).sort();
  };
  const all = ['.hidden/c.ts', 'binary.ts', 'src/a.ts', 'src/deep/er/b.tsx', 'src/link.ts', ...closedFile].sort();
  assert.deepEqual(await glob('**/*.{ts,tsx}'), all);
  assert.deepEqual(await glob('src/*.ts'), ['src/a.ts', 'src/link.ts']);
  assert.deepEqual(await glob('*.ts', { directory: 'src' }), ['src/a.ts', 'src/link.ts']);
  assert.deepEqual(await glob(`${dir}/src/**/b.ts?`), ['src/deep/er/b.tsx']);
  assert.deepEqual(await glob('src/../src/./a.ts'), ['src/a.ts']);
  assert.deepEqual(await glob('node_modules/**/*.ts'), ['node_modules/m/d.ts']);
  assert.deepEqual(await glob('src/*/'), ['src/deep']);
  assert.deepEqual(await glob('nowhere/**'), []);
  const { files, skipped } = await call(globLocalFiles, { pattern: '**/*.{ts,png}' });
  assert.deepEqual(files.slice(-2), [join(dir, 'src/a.ts'), join(dir, 'pic.png')]);
  assert.deepEqual(skipped, asRoot ? undefined : [join(dir, 'closed')]);

  await t.test('at most as many as asked for, and told how many there are', async () => {
    const { files, totalCount, notice } = await call(globLocalFiles, { pattern: '**/*.ts', limit: 2 });
    assert.deepEqual([files.length, totalCount], [2, all.length - 1]);
    assert.match(notice!, /The 2 files that were changed last, of/);
  });

  await t.test('wrong patterns and directories are told so', async () => {
    await refusal(globLocalFiles, { pattern: '' }, 'INVALID_REQUEST_BODY');
    await refusal(globLocalFiles, { pattern: '*', directory: 'nowhere' }, 'FILE_NOT_FOUND');
    await refusal(globLocalFiles, { pattern: 'x', limit: 0 }, 'INVALID_REQUEST_BODY');
  });
});

test('searchLocalFiles finds by name, kind, time and content', async (t) => {
  const box = await startToolBox(t);
  const { call, refusal, dir } = box;
  plant(box);
  const search = async (parameters: object) => {
    const { results } = await call(searchLocalFiles, { directory: '.', ...parameters });
    return results.map(({ path }) => relative(dir, path));
  };
  assert.deepEqual(await search({ keyword: 'needle' }), ['src/deep/NEEDLE.md']);
  assert.deepEqual(await search({ keywords: ['pic', 'loop'] }), ['pic.png', 'src/loop']);
  assert.deepEqual(await search({ fileType: 'image' }), ['pic.png']);
  assert.deepEqual(await search({ fileTypes: ['.tsx', 'md'] }), ['src/deep/NEEDLE.md', 'src/deep/er/b.tsx']);
  assert.deepEqual(await search({ fileType: 'directory', keyword: 'deep' }), ['src/deep']);
  assert.deepEqual(await search({ contentContains: 'NEEDLE', exclude: ['closed'] }), [
    'src/a.ts',
    'src/deep/NEEDLE.md',
  ]);
  assert.deepEqual(await search({ contentContains: 'needle', exclude: ['src/deep', 'closed'] }), ['src/a.ts']);
  assert.deepEqual(await search({ modifiedBefore: '2021-01-01', sortBy: 'date' }), ['src/a.ts', 'pic.png']);
  assert.deepEqual(await search({ modifiedBefore: '2021-01-01', sortBy: 'size', sortDirection: 'asc' }), [
    'src/a.ts',
    'pic.png',
  ]);
  assert.deepEqual(await search({ modifiedBefore: '2021-01-01', modifiedAfter: '2020-01-01T00:00:00Z' }), ['src/a.ts']);
  assert.deepEqual(await search({ keyword: 'd.ts', directory: 'node_modules' }), ['node_modules/m/d.ts']);

  await t.test('with what is known of each, and what was left out', async () => {
    const { results, totalCount, skipped, notice } = await call(searchLocalFiles, {
      directory: dir,
      limit: 1,
      fileType: 'png',
    });
    const { name, size, isDirectory, modifiedAt } = results[0]!;
    assert.deepEqual([name, size, isDirectory, modifiedAt], ['pic.png', 5000, false, '2017-07-14T02:40:00.000Z']);
    assert.deepEqual([totalCount, notice], [1, undefined]);
    assert.deepEqual(skipped, asRoot ? undefined : [join(dir, 'closed')]);
    const few = await call(searchLocalFiles, { directory: dir, limit: 2 });
    assert.match(few.notice!, new RegExp(`The first 2 of ${few.totalCount}`));
  });

  await t.test('what can’t be searched for is told so', async () => {
    await refusal(searchLocalFiles, { directory: 'nowhere' }, 'FILE_NOT_FOUND');
    await refusal(searchLocalFiles, { directory: 'pic.png' }, 'INVALID_FILE');
    const { field } = await refusal(
      searchLocalFiles,
      { directory: '.', modifiedAfter: 'yesterday' },
      'INVALID_REQUEST_BODY',
    );
    assert.equal(field, 'modifiedAfter');
  });
});
