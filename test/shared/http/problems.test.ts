import assert from 'node:assert/strict';
import { test } from 'node:test';
import Fastify from 'fastify';
import { z } from 'zod';
import type { ErrorBody } from '../../../shared/api/errors.ts';
import { renderProblems } from '../../../shared/http/problems.ts';
import { validatorCompiler } from '../../../shared/http/validation.ts';

const name = z.string().regex(/^[^=\0]+$/, 'expected a variable name without = and NUL');
const Body = z.object({
  env: z.record(name, z.string()).optional(),
  files: z.record(z.string(), z.object({ mode: z.int('expected a whole number') })).optional(),
  list: z.array(z.object({ port: z.int('expected a whole number') })).optional(),
});

function app() {
  const app = Fastify();
  app.setValidatorCompiler(validatorCompiler);
  renderProblems(app, { invalid: 'INVALID_REQUEST_BODY', unknown: 'RUNTIME_ERROR' });
  app.post('/', { schema: { body: Body, querystring: z.object({ size: z.string().optional() }) } }, async () => 'done');
  return app;
}

async function problem(body: unknown): Promise<ErrorBody> {
  const payload = typeof body === 'string' ? body : JSON.stringify(body);
  const headers = { 'content-type': 'application/json' };
  const response = await app().inject({ method: 'POST', url: '/', payload, headers });
  assert.equal(response.statusCode, 400, response.body);
  return response.json();
}

test('a name that can’t be one is shown, with what a name is', async () => {
  const expected = 'expected a variable name without = and NUL';
  for (const [given, field] of [
    ['A=B', 'env.A=B'],
    ['', 'env[""]'],
    ['a\0b', 'env["a\\u0000b"]'],
    ['=', 'env.='],
  ] as const) {
    const body = await problem({ env: { [given]: '1' } });
    assert.deepEqual(body, {
      code: 'INVALID_REQUEST_BODY',
      reference: 'REQ_001',
      message: `${field}: ${expected}`,
      field,
      expected,
    });
  }
});

test('a field is named by the way to it, as it was written', async () => {
  assert.equal((await problem({ files: { '/tmp/a~1b': { mode: 'x' } } })).field, 'files./tmp/a~1b.mode');
  assert.equal((await problem({ files: { 'a b\n': { mode: 'x' } } })).field, 'files["a b\\n"].mode');
  assert.equal((await problem({ list: [{ port: 1 }, { port: 'x' }] })).field, 'list.1.port');
  assert.equal((await problem('[]')).field, 'body');
  const long = await problem({ files: { ['x'.repeat(1_000_000)]: { mode: 'x' } } });
  assert.equal(long.field!.length, 200);
});

test('a body that is no JSON is told so once', async () => {
  for (const body of ['{"a":', '{}{}', 'text', '\0']) {
    const { message, field, expected } = await problem(body);
    assert.deepEqual([message, field, expected], ['The body is not valid JSON.', 'body', 'a JSON document']);
  }
  assert.equal((await problem('')).message, 'The body is empty: expected a JSON document.');
});
