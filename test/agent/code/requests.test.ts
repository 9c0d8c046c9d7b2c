import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { textOf } from './code-client.ts';
import { startSandbox } from './sandbox.ts';

test('a request that is wrong is answered with what was expected where', async (t) => {
  const sandbox = await startSandbox(t);
  for (const [method, path, body, status, code, field] of [
    ['POST', '/code', '{"code": ', 400, 'INVALID_REQUEST_BODY', 'body'],
    ['POST', '/code', '', 400, 'INVALID_REQUEST_BODY', 'body'],
    ['POST', '/code', '[]', 400, 'INVALID_REQUEST_BODY', 'body'],
    ['POST', '/code', {}, 400, 'INVALID_REQUEST_BODY', 'code'],
    ['POST', '/code', { code: 1 }, 400, 'INVALID_REQUEST_BODY', 'code'],
    ['POST', '/code', { code: 'x = "\0"' }, 400, 'INVALID_REQUEST_BODY', 'code'],
    ['POST', '/code', { code: '1', context: 'python' }, 400, 'INVALID_REQUEST_BODY', 'context'],
    ['POST', '/code', { code: '1', context: { id: 1 } }, 400, 'INVALID_REQUEST_BODY', 'context.id'],
    ['POST', '/code', { code: '1', context: { id: 'x'.repeat(1000) } }, 400, 'INVALID_REQUEST_BODY', 'context.id'],
    ['POST', '/code', { code: '1', context: { id: 'nobody' } }, 404, 'CONTEXT_NOT_FOUND', 'id'],
    ['POST', '/code', { code: '1', context: { language: 'cobol' } }, 501, 'KERNEL_NOT_AVAILABLE', 'language'],
    ['POST', '/code', { code: 'x'.repeat(17 * 1024 * 1024) }, 413, 'PAYLOAD_TOO_LARGE', 'body'],
    ['POST', '/code/context', { language: 'cobol' }, 501, 'KERNEL_NOT_AVAILABLE', 'language'],
    ['POST', '/code/context', { language: 7 }, 400, 'INVALID_REQUEST_BODY', 'language'],
    ['POST', '/code/context', { cwd: '/nowhere' }, 400, 'WORKING_DIRECTORY_NOT_FOUND', 'cwd'],
    ['POST', '/code/context', { cwd: '/etc/passwd' }, 400, 'WORKING_DIRECTORY_NOT_FOUND', 'cwd'],
    ['POST', '/code/context', { cwd: 'a\0b' }, 400, 'INVALID_REQUEST_BODY', 'cwd'],
    ['POST', '/code/context', { cwd: 'x'.repeat(5000) }, 400, 'INVALID_REQUEST_BODY', 'cwd'],
    ['POST', '/code/context', { cwd: '$UNSET_VARIABLE/x' }, 400, 'INVALID_PARAMETER', 'cwd'],
    ['DELETE', '/code', undefined, 400, 'MISSING_QUERY', 'id'],
    ['DELETE', '/code?id=nobody', undefined, 404, 'CONTEXT_NOT_FOUND', 'id'],
    ['GET', '/code/contexts/nobody', undefined, 404, 'CONTEXT_NOT_FOUND', 'id'],
    ['DELETE', '/code/contexts/nobody', undefined, 404, 'CONTEXT_NOT_FOUND', 'id'],
    ['DELETE', '/code/contexts', undefined, 400, 'MISSING_QUERY', 'language'],
  ] as const) {
    const answer = await sandbox.request(method, path, body);
    const said = JSON.stringify([method, path, body]).slice(0, 100);
    assert.equal(answer.status, status, said);
    const error = (await answer.json()) as { code: string; message: string; field?: string };
    assert.equal(error.code, code, said);
    assert.equal(error.field, field, said);
    assert.ok(error.message.length > 10 && error.message.length < 1000, said);
  }
  assert.deepEqual(await (await sandbox.request('GET', '/code/contexts')).json(), []);
  assert.deepEqual(readdirSync(join(sandbox.dir, 'spool')), [], 'no kernel was started for any of these');
});

test('a language without a kernel is refused with the names of those that there are', async (t) => {
  const argv = ['/bin/sh', '-c', 'exit 1'];
  const sandbox = await startSandbox(t, { specs: { other: { argv, language: 'Other' } } });
  const { error } = await sandbox.cell('1', { language: 'cobol' });
  assert.match(error.message, /no kernel for cobol/);
  assert.deepEqual(
    error.expected?.split(', ').filter((name) => name === 'python' || name === 'other'),
    ['other', 'python'],
  );
});

test('clients may send nulls, unknown fields and an empty id, and code of 10 MiB', async (t) => {
  const sandbox = await startSandbox(t);
  const lenient = { code: 'print(1)', context: { id: null, language: null, cwd: '/x' }, more: [1] };
  assert.equal(
    (await sandbox.request('POST', '/code', lenient).then((answer) => answer.text())).match(/"1\\n"/)?.length,
    1,
  );
  assert.equal(textOf((await sandbox.cell('print(2)', { id: '' })).events, 'stdout'), '2\n');
  const long = `text = "${'x'.repeat(10 * 1024 * 1024)}"\nprint(len(text))`;
  assert.equal(textOf((await sandbox.cell(long)).events, 'stdout'), `${10 * 1024 * 1024}\n`);
  assert.equal((await sandbox.cell('')).events.at(-1)?.type, 'execution_complete');
});
