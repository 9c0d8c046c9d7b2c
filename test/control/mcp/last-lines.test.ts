import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ticking } from '../../../control/mcp/ticking.ts';
import { lastLineOf } from '../../../control/tools/last-line.ts';
import { until } from '../../support/until.ts';

test('the last line of an output is told without colours, and of a bar that moves the last state', () => {
  assert.equal(lastLineOf(''), undefined);
  assert.equal(lastLineOf(' \n\r\n\0'), undefined);
  assert.equal(lastLineOf('one\ntwo\n\n'), 'two');
  assert.equal(lastLineOf('\u001b[32mgreen\u001b[0m\n'), 'green');
  assert.equal(lastLineOf('10 %\r50 %\r90 %'), '90 %');
  assert.equal(lastLineOf('\ufffd\ufffdü\tx'), 'ü x');
  assert.equal(lastLineOf(`${'😀'.repeat(500)}`), '😀'.repeat(200));
});

test('progress goes on while nobody says what was put out last', { timeout: 60_000 }, async (t) => {
  const messages: (string | undefined)[] = [];
  const told = ticking(({ message }) => void messages.push(message), 'A tool', 5);
  t.after(() => told.stop());
  let looks = 0;
  told.watch(async () => {
    looks += 1;
    if (looks === 1) return 'begun';
    if (looks === 2) throw new Error('nobody answers');
    if (looks === 3) return undefined;
    return new Promise<undefined>(() => {});
  });
  await until(() => looks === 4, 'the fourth look waits');
  const before = messages.length;
  await until(() => messages.length > before + 3, 'it is told further');
  assert.match(messages[0]!, /^A tool: \d+ s$/);
  assert.match(messages.at(-1)!, /^A tool: \d+ s: begun$/);
  assert.equal(looks, 4, 'no two look at a time');
});
