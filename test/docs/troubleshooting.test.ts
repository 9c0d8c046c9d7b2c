import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { errorReferences } from '../../shared/api/error-references.ts';
import { type ErrorCode, errorTable } from '../../shared/api/errors.ts';

const root = join(import.meta.dirname, '../..');

test('docs/troubleshooting.md explains every error with its reference and status, and no other', () => {
  const page = readFileSync(join(root, 'docs/troubleshooting.md'), 'utf8');
  const rows = [...page.matchAll(/^\| `([A-Z_:]+)` \| ([A-Z]+_\d{3}) \| (\d+) \| (.+) \|$/gm)];
  const explained = rows.map(([, code, reference, status]) => [code, [reference, Number(status)]]);
  const table = Object.entries(errorTable).map(([code, status]) => [
    code,
    [errorReferences[code as ErrorCode], status],
  ]);
  assert.deepEqual(Object.fromEntries(explained), Object.fromEntries(table));
  assert.equal(explained.length, table.length, 'each once');
});

test('no two errors have the same reference', () => {
  const references = Object.values(errorReferences);
  assert.equal(new Set(references).size, references.length);
});

test('every error code is used', () => {
  const text = globSync(['agent/**/*.ts', 'control/**/*.ts', 'shared/**/*.ts'], { cwd: root })
    .filter((path) => !['shared/api/errors.ts', 'shared/api/error-references.ts'].includes(path))
    .map((path) => readFileSync(join(root, path), 'utf8'))
    .join('\n');
  const unused = Object.keys(errorTable).filter((code) => !text.includes(`'${code}'`));
  assert.deepEqual(unused, []);
});
