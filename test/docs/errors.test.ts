import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { errorTable } from '../../shared/api/errors.ts';

const root = join(import.meta.dirname, '../..');

test('docs/errors.md explains every error code with its status, and no other', () => {
  const page = readFileSync(join(root, 'docs/errors.md'), 'utf8');
  const rows = [...page.matchAll(/^\| `([A-Z_:]+)` \| (\d+) \| (.+) \|$/gm)].map(([, code, status]) => [
    code,
    Number(status),
  ]);
  assert.deepEqual(Object.fromEntries(rows), { ...errorTable });
});

test('every error code is used', () => {
  const text = globSync(['agent/**/*.ts', 'control/**/*.ts', 'shared/**/*.ts'], { cwd: root })
    .filter((path) => path !== join('shared', 'api', 'errors.ts'))
    .map((path) => readFileSync(join(root, path), 'utf8'))
    .join('\n');
  const unused = Object.keys(errorTable).filter((code) => !text.includes(`'${code}'`));
  assert.deepEqual(unused, []);
});
