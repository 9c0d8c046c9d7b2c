import assert from 'node:assert/strict';
import { test } from 'node:test';
import { agentRefusal } from '../../../control/sandboxes/agent-refusal.ts';

test('an agent’s refusal is told as it is, its code, field and what was expected', () => {
  const { code, message, field, expected } = agentRefusal({
    code: 'FILE_NOT_FOUND',
    message: 'There is no /x.',
    field: 'path',
    expected: 'a file',
  });
  assert.deepEqual([code, message, field, expected], ['FILE_NOT_FOUND', 'There is no /x.', 'path', 'a file']);
});

test('what is no refusal, in a sandbox whose agent was taken over, still becomes one that can be told', () => {
  for (const answer of [
    null,
    undefined,
    7,
    'no',
    [],
    {},
    { code: 'toString', message: { a: 1 }, field: 3, expected: [] },
  ]) {
    const { status, code, message, field, expected } = agentRefusal(answer);
    assert.deepEqual([status, code, field, expected], [500, 'RUNTIME_ERROR', undefined, undefined]);
    assert.equal(message, 'The sandbox’s agent refuses, and does not say why.');
  }
  assert.equal(agentRefusal({ code: 'FILE_NOT_FOUND', message: 'x'.repeat(1e6) }).message.length, 2000);
});
