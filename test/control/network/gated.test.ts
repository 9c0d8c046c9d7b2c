import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Query, readQuery } from '../../../control/network/dns-message.ts';
import { newQuery, types } from '../../../control/network/dns-question.ts';
import { answerGated } from '../../../control/network/gated.ts';
import type { Policy } from '../../../control/network/policies/policy.ts';
import { gateWith } from './gates.ts';
import { query } from './name-server.ts';
import { serve, type Zone } from './zone.ts';

const zone: Zone = {
  'a.example': { addresses: ['11.0.0.1', '2a11::1'], ttl: 9999 },
  'many.example': { addresses: Array.from({ length: 600 }, (_, n) => `11.1.${n >> 8}.${n % 256}`) },
  'www.example': { alias: 'edge.cdn.test' },
  'edge.cdn.test': { addresses: ['11.0.0.7'] },
};
const policy: Policy = {
  defaultAction: 'deny',
  egress: [
    { action: 'deny', target: 'secret.example' },
    { action: 'allow', target: '*.example' },
  ],
};

/** What a sandbox gets for a message, whether anybody was asked, and what is open afterwards. */
async function ask(message: Buffer, { ipv6 = false, mine = policy } = {}) {
  const { gate, door } = await gateWith(mine, { ipv6 });
  let asked = 0;
  const reply = await answerGated(gate, message, readQuery(message) as Query, async () => {
    asked += 1;
    return serve(zone)({ message, by: 'stream', port: 0 })[0];
  });
  return { code: reply[3]! & 15, records: reply.readUInt16BE(6), asked, open: door.open, reply };
}

test('an allowed name has its answer, with a time to live for which it is open', async () => {
  const { code, records, open, reply } = await ask(newQuery('A.Example', types.a));
  assert.deepEqual([code, records, open], [0, 1, ['11.0.0.1']]);
  assert.equal(reply.readUInt32BE(reply.length - 10), 300);
});

test('a denied name is not there, of whatever kind the question is, and nobody is asked', async () => {
  for (const name of ['secret.example', 'example', 'a.test', 'localhost', '1.0.0.11.in-addr.arpa']) {
    for (const type of [types.a, types.aaaa, types.https, types.any, 16]) {
      const { code, asked } = await ask(newQuery(name, type));
      assert.deepEqual([code, asked], [3, 0], name);
    }
  }
  assert.equal((await ask(newQuery('', 2))).code, 3);
});

test('IPv6 is asked for only where there is some, and bundles of addresses never', async () => {
  const six = newQuery('a.example', types.aaaa);
  assert.deepEqual([(await ask(six)).records, (await ask(six)).asked], [0, 0]);
  assert.deepEqual((await ask(six, { ipv6: true })).open, ['2a11:0:0:0:0:0:0:1']);
  for (const type of [types.svcb, types.https]) {
    const { code, records, asked } = await ask(newQuery('a.example', type));
    assert.deepEqual([code, records, asked], [0, 0, 0]);
  }
});

test('questions that no program of a sandbox’s has are refused', async () => {
  for (const type of [types.any, types.axfr, types.ixfr]) {
    const { code, asked } = await ask(newQuery('a.example', type));
    assert.deepEqual([code, asked], [4, 0]);
  }
  const chaos = query('a.example');
  chaos.writeUInt16BE(3, chaos.length - 2);
  assert.equal((await ask(chaos)).code, 5);
});

test('a name with bytes that no host’s has is not there, whatever the policy', async () => {
  const odd = query('a"b.example');
  const { code, asked } = await ask(odd, {
    mine: { defaultAction: 'allow', egress: [{ action: 'deny', target: 'x.test' }] },
  });
  assert.deepEqual([code, asked], [3, 0]);
});

test('an alias that an earlier rule denies makes its name be gone', async () => {
  const www = newQuery('www.example', types.a);
  assert.deepEqual((await ask(www)).open, ['11.0.0.7']);
  const mine = { ...policy, egress: [{ action: 'deny' as const, target: '*.cdn.test' }, ...policy.egress] };
  const { code, asked, open } = await ask(www, { mine });
  assert.deepEqual([code, asked, open], [3, 1, []]);
});

test('more addresses than anything honest has are not opened', async () => {
  const { code, open } = await ask(newQuery('many.example', types.a));
  assert.deepEqual([code, open], [2, []]);
});

test('what was cut short sends the sandbox to TCP, and opens nothing', async () => {
  const { gate, door } = await gateWith(policy);
  const message = newQuery('a.example', types.a);
  const reply = await answerGated(gate, message, readQuery(message) as Query, async () => {
    const cut = serve(zone)({ message, by: 'stream', port: 0 })[0]!;
    cut[2]! |= 0x02;
    return cut;
  });
  assert.equal(reply[2]! & 0x02, 0x02);
  assert.equal(reply.readUInt16BE(6), 0);
  assert.deepEqual(door.open, []);
});

test('where no upstream answers, or what it says can’t be read, the sandbox is told of a failure', async () => {
  const { gate } = await gateWith(policy);
  const message = newQuery('a.example', types.a);
  for (const reply of [undefined, message.subarray(0, 20), Buffer.concat([message, Buffer.from([0, 0, 1])])]) {
    if (reply && reply.length > message.length) reply.writeUInt16BE(1, 6);
    const answer = await answerGated(gate, message, readQuery(message) as Query, async () => reply);
    assert.equal(answer[3]! & 15, 2);
  }
});
