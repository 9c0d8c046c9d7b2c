import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Gates } from '../../../control/network/gates.ts';
import { usualLives } from '../../../control/network/openings.ts';
import type { Policy } from '../../../control/network/policies/policy.ts';
import { RecordingDoor } from './gates.ts';

const allowing = (target: string): Policy => ({ defaultAction: 'deny', egress: [{ action: 'allow', target }] });
const address = '172.30.0.2';

/** Gates whose looks at who is there are answered by the test. */
function watched(policies: Record<string, Policy>) {
  const looks: ((found: Map<string, string>) => void)[] = [];
  const gates = new Gates({
    lookup: async () => [],
    lives: usualLives,
    ipv6: async () => false,
    policyOf: (id) => policies[id],
    locate: () => new Promise((resolve) => looks.push(resolve)),
    doorOf: async () => new RecordingDoor(),
  });
  return { gates, looks };
}

test('a sandbox that gets the address of one that is gone is never taken for it', async () => {
  const { gates, looks } = watched({ old: allowing('old.example'), young: allowing('young.example') });
  const early = gates.at(address);
  await gates.begin('young', address, new RecordingDoor());
  // What the engine said before that comes late.
  looks[0]!(new Map([[address, 'old']]));
  for (const gate of [await early, await gates.at(address)]) {
    assert.equal(gate?.admits(['young.example']), true);
    assert.equal(gate?.admits(['old.example']), false);
  }
  gates.close();
});

test('a sandbox that is forgotten is looked for anew, and its gate is another', async () => {
  const { gates, looks } = watched({ one: allowing('one.example') });
  await gates.begin('one', address, new RecordingDoor());
  const before = await gates.at(address);
  gates.forget('one');
  const after = gates.at(address);
  looks[0]!(new Map([[address, 'one']]));
  assert.equal((await after)?.admits(['one.example']), true);
  assert.notEqual(await after, before);
  gates.close();
});
