import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exportsHandler } from '../../../control/sessions/execution.ts';

test('a module that gives a handler out is known by it', () => {
  for (const [code, is] of [
    ['exports.handler = () => 1', true],
    ['const handler = 1; module . exports = { handler }', true],
    ['export const handler = async () => 1', true],
    ['function handler() {} export { handler as handler, other }', true],
    ['handler(); export const other = 1', false],
    ['export const other = 1; handler()', false],
    ['module.exports = { handlers }', false],
    ['console.log("handler")', false],
  ] as const) {
    assert.equal(exportsHandler(code), is, code);
  }
});

// With an expression that tries each place against all the rest, it takes hours.
test('code that nearly gives one out a hundred thousand times is looked through as well', { timeout: 120_000 }, () => {
  for (const word of ['export ', 'module.exports=', 'exports .', 'module\n.\nexports ']) {
    assert.equal(exportsHandler(word.repeat((1024 * 1024) / word.length)), false);
  }
});
