import assert from 'node:assert/strict';
import { type ErrorBody, type ErrorCode, errorTable } from '../../shared/api/errors.ts';

/** Asserts that an answer is an error as every error is: the code with its status, a message, and the field where one is to blame. */
export async function refused(response: Response, code: ErrorCode, field?: string): Promise<ErrorBody> {
  const text = await response.text();
  const said = `${response.status} ${text.slice(0, 500)}`;
  assert.match(response.headers.get('content-type') ?? '', /^application\/json/, said);
  const body = JSON.parse(text) as ErrorBody;
  assert.equal(body.code, code, said);
  assert.equal(response.status, errorTable[code], said);
  assert.ok(body.message.length > 0 && body.message.length < 2000, said);
  assert.equal(body.field, field, said);
  return body;
}
