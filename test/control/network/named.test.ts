import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Named } from '../../../control/network/named.ts';
import { printRange } from '../../../control/network/ranges.ts';

test('names are closed at all of their addresses, and asked once in a while only', async () => {
  let asked = 0;
  const named = new Named(['10.0.0.0/8', 'db.example'], 'block', async () => {
    asked += 1;
    return ['11.0.0.5', 'fd00::5'];
  });
  const ranges = (await named.ranges()).map(printRange);
  assert.deepEqual(ranges, ['10.0.0.0/8', '11.0.0.5', 'fd00:0:0:0:0:0:0:5']);
  await named.ranges();
  assert.equal(asked, 1);
});

test('a name that leads nowhere is an error', async () => {
  for (const lookup of [async () => [], () => Promise.reject(new Error('ENOTFOUND'))]) {
    const named = new Named(['db.example'], 'block', lookup);
    await assert.rejects(named.ranges(), { code: 'NETWORK_RULES_FAILED', message: /db\.example/ });
  }
});

test('once it was known, a name’s last addresses hold while it can’t be resolved', async (context) => {
  context.mock.method(performance, 'now', () => clock);
  let clock = 0;
  let fails = false;
  const named = new Named(['db.example'], 'block', async () => {
    if (fails) throw new Error('SERVFAIL');
    return ['11.0.0.5'];
  });
  const before = await named.ranges();
  fails = true;
  clock = 3_600_000;
  assert.deepEqual(await named.ranges(), before);
});
