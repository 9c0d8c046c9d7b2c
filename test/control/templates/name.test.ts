import assert from 'node:assert/strict';
import { test } from 'node:test';
import { templateName, templateReference } from '../../../control/templates/name.ts';
import type { ApiError } from '../../../shared/api/errors.ts';

const refuses = (work: () => unknown, field: string) =>
  assert.throws(work, (error: ApiError) => error.code === 'INVALID_TEMPLATE_NAME' && error.field === field);

test('a name is a DNS label in lower case, taken as it is', () => {
  for (const name of ['a', '0', 'python-3', 'a--b', 'x'.repeat(63)]) assert.equal(templateName(name), name);
  for (const name of ['', '-a', 'a-', 'A', 'a.b', 'a_b', 'ä', 'a b', ' a', 'a\n', 'a\0', '../a', 'a@1', 'x'.repeat(64)])
    refuses(() => templateName(name), 'name');
});

test('a version stands behind an @, in plain digits', () => {
  assert.deepEqual(templateReference('python', 'template'), { name: 'python', version: undefined });
  assert.deepEqual(templateReference('python@12', 'template'), { name: 'python', version: 12 });
  for (const text of [
    '@1',
    'a@',
    'a@0',
    'a@01',
    'a@+1',
    'a@1.0',
    'a@1e3',
    'a@-1',
    'a@1@2',
    'a@latest',
    'a@1234567890',
    'a @1',
  ])
    refuses(() => templateReference(text, 'template'), 'template');
});
