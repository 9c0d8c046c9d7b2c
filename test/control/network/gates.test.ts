import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Gates, type Surroundings } from '../../../control/network/gates.ts';
import { usualLives } from '../../../control/network/openings.ts';
import { type Policy, shutPolicy } from '../../../control/network/policies/policy.ts';
import { RecordingDoor } from './gates.ts';

const allow = (target: string): Policy => ({ defaultAction: 'deny', egress: [{ action: 'allow', target }] });

/** Gates over sandboxes that a test names, and how often the engine was asked for them. */
function gatesOver(policies: Record<string, Policy | 'none'>, addresses: Record<string, string>) {
  const doors = new Map<string, RecordingDoor>();
  const looks = { count: 0 };
  const surroundings: Surroundings = {
    lookup: async () => [],
    lives: usualLives,
    ipv6: async () => false,
    policyOf: (id) => policies[id],
    locate: async () => {
      looks.count += 1;
      return new Map(Object.entries(addresses));
    },
    doorOf: async (id) => {
      const door = new RecordingDoor();
      doors.set(id, door);
      return door;
    },
  };
  return { gates: new Gates(surroundings), doors, looks, policies, addresses };
}

test('a sandbox is known by its address from its start, and by nothing else', async () => {
  const { gates, policies, looks } = gatesOver({}, {});
  policies.one = allow('a.example');
  await gates.begin('one', '172.30.0.2', new RecordingDoor());
  const gate = await gates.at('172.30.0.2');
  assert.equal(gate?.admits(['a.example']), true);
  assert.equal(gate?.admits(['b.example']), false);
  assert.equal(looks.count, 0);
  assert.equal(await gates.at('172.30.0.3'), undefined);
});

test('whoever asks from an unknown address doesn’t make the engine work without end', async (context) => {
  let now = 0;
  context.mock.method(performance, 'now', () => now);
  const { gates, looks, addresses, policies } = gatesOver({}, {});
  now = 5000;
  await Promise.all(Array.from({ length: 100 }, () => gates.at('172.30.0.9')));
  for (let n = 0; n < 100; n += 1) await gates.at(`172.30.1.${n}`);
  assert.equal(looks.count, 1);
  addresses['172.30.0.9'] = 'nine';
  policies.nine = 'none';
  assert.equal(await gates.at('172.30.0.9'), undefined);
  now += 2000;
  assert.equal((await gates.at('172.30.0.9'))?.isOpen, true);
});

test('what an earlier process left is taken over at its first question, and once', async () => {
  const { gates, doors } = gatesOver({ old: allow('a.example') }, { '172.30.0.2': 'old' });
  const found = await Promise.all(Array.from({ length: 20 }, () => gates.at('172.30.0.2')));
  assert.ok(found.every((gate) => gate === found[0] && gate?.admits(['a.example'])));
  assert.equal(doors.get('old')!.replaced.length, 1);
});

test('a container without a sandbox gets no answer', async () => {
  const { gates } = gatesOver({}, { '172.30.0.2': 'nobody' });
  assert.equal(await gates.at('172.30.0.2'), undefined);
});

test('an address that has come to be another sandbox’s is that one’s', async () => {
  const { gates, policies } = gatesOver({}, {});
  policies.one = allow('a.example');
  policies.two = allow('b.example');
  await gates.begin('one', '172.30.0.2', new RecordingDoor());
  gates.forget('one');
  assert.equal(await gates.at('172.30.0.2'), undefined);
  await gates.begin('one', '172.30.0.2', new RecordingDoor());
  await gates.begin('two', '172.30.0.2', new RecordingDoor());
  gates.forget('one');
  assert.equal((await gates.at('172.30.0.2'))?.admits(['b.example']), true);
});

test('a sandbox that was deleted while it started is shut', async () => {
  const { gates } = gatesOver({}, {});
  const door = new RecordingDoor();
  await gates.begin('gone', '172.30.0.2', door);
  assert.deepEqual(door.replaced[0]?.verdicts.policy, shutPolicy);
});

test('a policy that is set before its sandbox asked anything is in force, whichever comes first', async () => {
  const { gates, policies, doors } = gatesOver({ old: allow('a.example') }, { '172.30.0.2': 'old' });
  const asked = gates.at('172.30.0.2');
  policies.old = allow('b.example');
  await Promise.all([asked, gates.enforce('old', allow('b.example'))]);
  const gate = await gates.at('172.30.0.2');
  assert.equal(gate?.admits(['a.example']), false);
  assert.equal(gate?.admits(['b.example']), true);
  assert.deepEqual(doors.get('old')!.replaced.at(-1)!.verdicts.policy, allow('b.example'));
});

test('a policy that is changed while its sandbox starts is in force, for its names too', async () => {
  const { gates, policies } = gatesOver({ one: allow('a.example') }, {});
  const door = new RecordingDoor();
  const changed = Promise.withResolvers<void>();
  door.before.push(async () => {
    policies.one = allow('b.example');
    gates.enforce('one', allow('b.example')).then(changed.resolve, changed.reject);
  });
  await gates.begin('one', '172.30.0.2', door);
  await changed.promise;
  const gate = await gates.at('172.30.0.2');
  assert.equal(gate?.admits(['a.example']), false);
  assert.equal(gate?.admits(['b.example']), true);
  assert.deepEqual(door.replaced.at(-1)?.verdicts.policy, allow('b.example'));
});
