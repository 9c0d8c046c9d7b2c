import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, relative } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { z } from 'zod';
import { grepContent } from '../../../shared/api/tools/grep-content.ts';
import { startToolBox, type ToolBox, worker } from './tool-box.ts';

type Result = z.infer<typeof grepContent.result>;

/** Where this machine's ripgrep is: test/tools.sh sees to it that there is one. */
const ripgrep = dirname(execFileSync('sh', ['-c', 'command -v rg']).toString().trim());

/** Two tool boxes over the same files: one whose user has ripgrep, and one whose user has not. */
async function bothKinds(t: TestContext): Promise<{ box: ToolBox; grep(parameters: object): Promise<Result> }> {
  const environs = mkdtempSync(join(tmpdir(), 'cubby-environ-'));
  t.after(() => rmSync(environs, { recursive: true, force: true }));
  const settings = (name: string, path: string) => {
    writeFileSync(join(environs, name), `PATH=${path}\0`);
    return { CUBBY_ENVIRON: join(environs, name) };
  };
  const box = await startToolBox(t, settings('with', ['/nowhere', ripgrep].join(delimiter)));
  const without = await startToolBox(t, settings('without', environs));
  const grep = async (parameters: object) => {
    const given = { pattern: 'needle', directory: box.dir, ...parameters } as z.input<typeof grepContent.parameters>;
    const [first, second] = await Promise.all([box.call(grepContent, given), without.call(grepContent, given)]);
    assert.equal(first.engine, 'ripgrep', JSON.stringify(parameters));
    assert.equal(second.engine, 'native');
    assert.deepEqual({ ...first, engine: '' }, { ...second, engine: '' }, JSON.stringify(parameters));
    return first;
  };
  return { box, grep };
}

function plant({ put, folder, dir }: ToolBox): void {
  put('src/a.ts', 'import x from "x";\nconst needle = 1;\n// Needle\n\nlet y;\nneedles();\n');
  put('src/b.py', 'def f():\n    pass\n\nx = "needle"\n# end');
  put('src/deep/c.tsx', 'one\r\ntwo needle\r\nthree\r\n');
  put('src.d', 'needle before src/');
  put('.hidden', 'a needle');
  put('node_modules/m.js', 'needle');
  put('.git/config', 'needle');
  put('.cubby-0123456789', 'needle');
  put('binary', Buffer.from('needle\n\0needle\n'));
  put(
    'late-binary',
    Buffer.concat([Buffer.from('needle\n'.repeat(50_000)), Buffer.from([0]), Buffer.from('needle\n')]),
  );
  put('latin1.txt', Buffer.from('grün needle\n', 'latin1'));
  put('wide.txt', Buffer.from('\ufeffa needle\nanother\n', 'utf16le'));
  put('marked.txt', '\ufeffneedle first\nÜber größe 123\n');
  put('empty', '');
  put('no-end', 'x\nneedle');
  put('long', `${'x'.repeat(5000)}needle\n`);
  put('blocks', `${'some line of text\n'.repeat(60_000)}a needle\n${'more\n'.repeat(10)}`);
  folder('closed');
  put('closed/f', 'needle');
  chmodSync(join(dir, 'closed'), 0);
  put('unreadable', 'needle');
  chmodSync(join(dir, 'unreadable'), 0);
  symlinkSync('..', join(dir, 'src/loop'));
  symlinkSync('a.ts', join(dir, 'src/link.ts'));
  put('sub/node_modules/x.js', 'needle');
}

test('grepContent finds the same with ripgrep and without', async (t) => {
  const { box, grep } = await bothKinds(t);
  plant(box);
  const found = ({ matches }: Result) =>
    matches.map(({ path, lineNumber, content, count, isContext }) =>
      [relative(box.dir, path), lineNumber, isContext && '-', content ?? count]
        .filter((part) => part !== undefined)
        .join(':'),
    );

  await t.test('lines, with their numbers, by path', async () => {
    const { matches, totalMatches, skipped, notice } = await grep({});
    assert.deepEqual(
      found({ matches } as Result).filter((line) => !line.startsWith('long') && !/^(closed|unreadable)/.test(line)),
      [
        '.hidden:1:a needle',
        'blocks:60001:a needle',
        'latin1.txt:1:gr�n needle',
        'marked.txt:1:needle first',
        'no-end:2:needle',
        'src/a.ts:2:const needle = 1;',
        'src/a.ts:6:needles();',
        'src/b.py:4:x = "needle"',
        'src/deep/c.tsx:2:two needle',
        'src.d:1:needle before src/',
        'wide.txt:1:a needle',
      ],
    );
    const long = matches.find(({ path }) => path.endsWith('/long'))!;
    assert.equal(long.content!.length, 2001);
    assert.equal(notice, undefined);
    const asRoot = worker.uid === 0;
    assert.equal(totalMatches, asRoot ? 14 : 12);
    const closed = [join(box.dir, 'closed'), join(box.dir, 'unreadable')];
    assert.deepEqual(skipped, asRoot ? undefined : closed);
  });

  await t.test('lines around, without numbers, in upper or lower case, only in some files', async () => {
    assert.deepEqual(found(await grep({ '-C': 1, filePattern: '*.ts' })), [
      'src/a.ts:1:-:import x from "x";',
      'src/a.ts:2:const needle = 1;',
      'src/a.ts:3:-:// Needle',
      'src/a.ts:5:-:let y;',
      'src/a.ts:6:needles();',
    ]);
    assert.deepEqual(found(await grep({ '-B': 2, '-A': 1, type: 'py' })), [
      'src/b.py:2:-:    pass',
      'src/b.py:3:-:',
      'src/b.py:4:x = "needle"',
      'src/b.py:5:-:# end',
    ]);
    assert.deepEqual(found(await grep({ '-i': true, '-n': false, glob: 'src/**/*.{ts,tsx}' })), [
      'src/a.ts:const needle = 1;',
      'src/a.ts:// Needle',
      'src/a.ts:needles();',
      'src/deep/c.tsx:two needle',
    ]);
    assert.deepEqual(found(await grep({ directory: undefined, path: `${box.dir}/src`, glob: '!*.ts', type: 'code' })), [
      'src/b.py:4:x = "needle"',
      'src/deep/c.tsx:2:two needle',
    ]);
    assert.deepEqual(found(await grep({ directory: `${box.dir}/src`, recursive: false, type: 'ts' })), [
      'src/a.ts:2:const needle = 1;',
      'src/a.ts:6:needles();',
    ]);
    const scope = `${box.dir}/sub/node_modules`;
    assert.deepEqual(found(await grep({ directory: undefined, scope })), ['sub/node_modules/x.js:1:needle']);
    assert.deepEqual(found(await grep({ directory: `${box.dir}/sub/node_modules` })), [
      'sub/node_modules/x.js:1:needle',
    ]);
  });

  await t.test('files, and numbers of lines', async () => {
    const files = await grep({ output_mode: 'files_with_matches', filePattern: 'src/**' });
    assert.deepEqual(found(files), ['src/a.ts', 'src/b.py', 'src/deep/c.tsx']);
    assert.equal(files.totalMatches, 3);
    const counts = await grep({ output_mode: 'count', filePattern: 'src/**' });
    assert.deepEqual(found(counts), ['src/a.ts:2', 'src/b.py:1', 'src/deep/c.tsx:1']);
    assert.equal(counts.totalMatches, 4);
  });

  await t.test('one file, and one that is no text', async () => {
    assert.deepEqual(found(await grep({ directory: `${box.dir}/src/a.ts`, filePattern: '*.py' })), [
      'src/a.ts:2:const needle = 1;',
      'src/a.ts:6:needles();',
    ]);
    assert.deepEqual(found(await grep({ directory: `${box.dir}/binary` })), []);
  });

  await t.test('only so many, and what there is besides', async () => {
    const { matches, totalMatches, notice } = await grep({ head_limit: 3, directory: `${box.dir}/src` });
    assert.deepEqual([matches.length, totalMatches], [3, 4]);
    assert.match(notice!, /1 more lines are left out/);
    const many = await grep({ pattern: '.', directory: `${box.dir}/blocks`, head_limit: 100_000 });
    assert.equal(many.totalMatches, 60_011);
    assert.ok(many.matches.length < 1000);
    assert.match(many.notice!, /narrow the search/);
  });

  await t.test('expressions of every kind', async () => {
    for (const pattern of [
      '\\bneedle\\b',
      '^import .* from "\\w+";$',
      'needles?\\(\\)',
      '(?i)NEEDLE',
      '(?P<verb>let|const)\\s+\\w+',
      '[[:digit:]]{3}',
      'größe \\d+$',
      '^$',
      '[^a-z\\s]{3,}',
      '\\p{Lu}ber',
      'x{2}needle',
      'two needle$',
      'f\\(\\)\\:',
      '"[^"]+"',
      '\\x6eeedle',
      'def|pass',
      'a*',
      '[]"]',
      'z{',
    ])
      await grep({ pattern, glob: '!blocks' });
    await grep({ pattern: 'grün|größe', '-i': true });
  });

  await t.test('matches that span lines', async () => {
    assert.deepEqual(found(await grep({ pattern: 'needle = 1;\\n// N', multiline: true })), [
      'src/a.ts:2:const needle = 1;',
      'src/a.ts:3:// Needle',
    ]);
    assert.deepEqual(found(await grep({ pattern: 'def.*pass', multiline: true, '-A': 1 })), [
      'src/b.py:1:def f():',
      'src/b.py:2:    pass',
      'src/b.py:3:-:',
    ]);
    await grep({ pattern: '^needle', multiline: true, glob: '!blocks' });
    await grep({ pattern: '\\n\\n', multiline: true, glob: '!blocks' });
  });
});

test('grepContent says what is wrong with a search', async (t) => {
  const { box } = await bothKinds(t);
  box.put('f', `${'a'.repeat(100)}!\n`);
  const refusal = (parameters: object, code: Parameters<ToolBox['refusal']>[2]) =>
    box.refusal(grepContent, { pattern: 'x', directory: '.', ...parameters }, code);
  assert.equal((await refusal({ pattern: '(' }, 'INVALID_PARAMETER')).field, 'pattern');
  assert.match((await refusal({ pattern: '(?P=x)y' }, 'INVALID_PARAMETER')).message, /no regular expression/);
  assert.equal((await refusal({ type: 'cobol' }, 'INVALID_PARAMETER')).field, 'type');
  await refusal({ directory: 'nowhere' }, 'FILE_NOT_FOUND');
  await refusal({ '-C': -1 }, 'INVALID_REQUEST_BODY');
  await refusal({ output_mode: 'all' }, 'INVALID_REQUEST_BODY');
});

test('looking around and back is done without ripgrep, and interrupted where it has no end', async (t) => {
  const { box } = await bothKinds(t);
  box.put('f', `foobar\nfoobaz\nabab\n${'a'.repeat(40)}!\n`);
  const grep = (pattern: string) => box.call(grepContent, { pattern, directory: box.dir });
  const { matches, engine } = await grep('foo(?!bar)');
  assert.deepEqual([matches[0]!.content, matches.length, engine], ['foobaz', 1, 'native']);
  assert.deepEqual((await grep('(ab)\\1')).matches[0]!.content, 'abab');
  const { message } = await box.refusal(grepContent, { pattern: '(?=(a+)+$)a', directory: '.' }, 'INVALID_PARAMETER');
  assert.match(message, /takes too long/);
});
