import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Gate } from '../../../control/network/gate.ts';
import { usualLives } from '../../../control/network/openings.ts';
import { openPolicy, type Policy, shutPolicy } from '../../../control/network/policies/policy.ts';
import { gateWith, RecordingDoor } from './gates.ts';

const allow = (...targets: string[]): Policy => ({
  defaultAction: 'deny',
  egress: targets.map((target) => ({ action: 'allow', target })),
});
const deny = (...targets: string[]): Policy => ({
  defaultAction: 'allow',
  egress: targets.map((target) => ({ action: 'deny', target })),
});
const a = { address: '11.0.0.1', ttl: 60 };
const b = { address: '11.0.0.2', ttl: 60 };

test('what is about to be answered is opened before, and not once more while it is open', async () => {
  const { gate, door } = await gateWith(allow('a.example'));
  assert.equal(await gate.release(['a.example'], [a]), true);
  assert.equal(Math.round(door.changed[0]!.opened.get('11.0.0.1')!), 120);
  assert.deepEqual([...door.changed[0]!.lasting], [['11.0.0.1', 'a.example']]);
  assert.equal(await gate.release(['a.example'], [a]), true);
  assert.equal(door.changed.length, 1);
  // The next answer is valid for longer than it is open.
  assert.equal(await gate.release(['a.example'], [{ ...a, ttl: 200 }]), true);
  assert.equal(Math.round(door.changed[1]!.opened.get('11.0.0.1')!), 260);
});

test('an answer’s own time is bounded from below and from above', async () => {
  const { gate, door } = await gateWith(allow('a.example'));
  await gate.release(
    ['a.example'],
    [
      { ...a, ttl: 0 },
      { ...b, ttl: 2 ** 31 - 1 },
    ],
  );
  assert.deepEqual([...door.changed[0]!.opened.values()].map(Math.round), [60, 360]);
});

test('those who wait while the packet filter is busy are served together', async () => {
  const { gate, door } = await gateWith(allow('*.example'));
  const { promise: busy, resolve } = Promise.withResolvers<void>();
  door.before.push(() => busy);
  const first = gate.release(['first.example'], [a]);
  await new Promise(setImmediate);
  const others = Array.from({ length: 50 }, (_, n) =>
    gate.release([`n${n}.example`], [{ address: `11.1.0.${n}`, ttl: 1 }]),
  );
  resolve();
  await Promise.all([first, ...others]);
  assert.equal(door.changed.length, 2);
  assert.equal(door.changed[1]!.opened.size, 50);
});

test('an answer that is under way while its name comes to be denied is neither given nor opened', async () => {
  const { gate, door } = await gateWith(allow('a.example'));
  const { promise: busy, resolve } = Promise.withResolvers<void>();
  door.before.push(() => busy);
  const change = gate.enforce(allow('b.example'));
  await new Promise(setImmediate);
  const late = gate.release(['a.example'], [a]);
  resolve();
  await change;
  assert.equal(await late, false);
  assert.deepEqual(door.open, []);
});

test('a change keeps open what is still allowed, and closes the rest', async () => {
  const { gate, door } = await gateWith(allow('a.example', 'b.example'));
  await gate.release(['a.example'], [a]);
  await gate.release(['b.example'], [b]);
  await gate.enforce(allow('b.example', 'c.example'));
  const state = door.replaced.at(-1)!;
  assert.deepEqual([...state.opened.keys()], ['11.0.0.2']);
  assert.deepEqual([...state.lasting], [['11.0.0.2', 'b.example']]);
});

test('an alias that comes to be denied closes what it led to', async () => {
  const { gate, door } = await gateWith(allow('*.example'));
  await gate.release(['www.example', 'edge.cdn.test'], [a]);
  const policy = { ...allow('*.example') };
  policy.egress = [{ action: 'deny', target: '*.cdn.test' }, ...policy.egress];
  await gate.enforce(policy);
  assert.deepEqual([...door.replaced.at(-1)!.lasting], []);
});

test('a change that fails leaves the policy before in force, and says so', async () => {
  const { gate, door } = await gateWith(allow('a.example'));
  const broken = async () => {
    throw new Error('no such chain');
  };
  door.before.push(broken);
  await assert.rejects(gate.enforce(allow('b.example')), /no such chain/);
  assert.equal(gate.isKnown, true);
  assert.equal(gate.admits(['a.example']), true);
  assert.equal(gate.admits(['b.example']), false);
  // Written once more, since it can't be known how far the other one came.
  assert.deepEqual(door.replaced.at(-1)!.verdicts.policy, allow('a.example'));
});

test('while it isn’t known what is in force no name is answered, and it is tried again', async (context) => {
  context.mock.method(performance, 'now', () => now);
  let now = 1000;
  const { gate, door } = await gateWith(allow('a.example'));
  const broken = async () => {
    throw new Error('no such chain');
  };
  door.before.push(broken, broken);
  await assert.rejects(gate.enforce(allow('b.example')));
  assert.equal(gate.isKnown, false);
  assert.equal(gate.admits(['a.example']), false);
  await assert.rejects(
    gate.settle(() => allow('a.example')),
    { code: 'NETWORK_RULES_FAILED' },
  );
  now += 2000;
  await gate.settle(() => allow('a.example'));
  assert.equal(gate.admits(['a.example']), true);
});

test('an address that could not be opened is not answered, and is tried again for the next', async () => {
  const { gate, door } = await gateWith(allow('a.example'));
  door.before.push(async () => {
    throw new Error('no such set');
  });
  await assert.rejects(gate.release(['a.example'], [a]), /no such set/);
  assert.equal(await gate.release(['a.example'], [a]), true);
  assert.deepEqual(door.open, ['11.0.0.1']);
});

test('what an earlier process opened stays so under the same policy; of what it can’t name, nothing does', async () => {
  const door = new RecordingDoor();
  door.left = {
    opened: new Map([
      ['11.0.0.1', 42],
      ['11.0.0.3', 42],
    ]),
    lasting: new Map([
      ['11.0.0.1', 'a.example'],
      ['11.0.0.2', 'gone.example'],
      ['11.0.0.3', ''],
    ]),
  };
  const gate = new Gate({ door, lookup: async () => [], lives: usualLives, ipv6: false, fresh: false });
  await gate.settle(() => allow('a.example'));
  const state = door.replaced[0]!;
  assert.deepEqual(
    [...state.opened].map(([address, left]) => [address, Math.round(left)]),
    [['11.0.0.1', 42]],
  );
  assert.deepEqual([...state.lasting.keys()], ['11.0.0.1']);
});

test('a sandbox without a policy is left as it is, and asked nothing', async () => {
  const door = new RecordingDoor();
  const gate = new Gate({ door, lookup: async () => [], lives: usualLives, ipv6: false, fresh: false });
  assert.equal(gate.isOpen, false);
  await gate.settle(() => 'none');
  assert.equal(gate.isOpen, true);
  assert.equal(door.replaced.length, 0);
  await gate.enforce(shutPolicy);
  assert.equal(gate.isOpen, false);
  await gate.enforce(openPolicy);
  assert.deepEqual(
    door.replaced.map((state) => state !== undefined),
    [true, false],
  );
});

test('addresses of names that are denied by themselves are closed, unless a rule before allows the address', async () => {
  const lookup = async (name: string) => ({ 'bad.example': ['11.0.0.1'], 'worse.example': ['11.0.0.2'] })[name] ?? [];
  const policy = deny('bad.example', 'worse.example', '*.x.example');
  const { gate, door } = await gateWith(policy, { lookup });
  assert.deepEqual(door.replaced[0]!.shut, ['11.0.0.1', '11.0.0.2']);
  await gate.enforce({ ...policy, egress: [{ action: 'allow', target: '11.0.0.2' }, ...policy.egress] });
  assert.deepEqual(door.replaced[1]!.shut, ['11.0.0.1']);
  // Where nothing is reached without a name there is nothing to close.
  await gate.enforce({ ...policy, defaultAction: 'deny' });
  assert.deepEqual(door.replaced[2]!.shut, []);
  gate.close();
});

test('policies come into force in the order in which they were set, however long names take', async () => {
  const { promise: slow, resolve } = Promise.withResolvers<string[]>();
  const { gate, door } = await gateWith(openPolicy, { lookup: () => slow });
  const first = gate.enforce(deny('slow.example'));
  const second = gate.enforce(allow('a.example'));
  resolve([]);
  await Promise.all([first, second]);
  assert.deepEqual(door.replaced.at(-1)!.verdicts.policy, allow('a.example'));
  gate.close();
});

test('no sandbox makes this process remember without end', async () => {
  const { gate, door } = await gateWith(allow('*.example'));
  for (let round = 0; round < 12; round += 1) {
    const given = Array.from({ length: 500 }, (_, n) => ({ address: `11.${round}.${n >> 8}.${n % 256}`, ttl: 60 }));
    await gate.release([`n${round}.example`], given);
  }
  const gone = door.changed.flatMap((change) => change.gone);
  assert.equal(new Set(gone).size, 12 * 500 - 4096);
  await gate.enforce(allow('*.example', 'b.test'));
  assert.equal(door.replaced.at(-1)!.lasting.size, 4096);
});

test('denied names are looked up again and again, and what they lead to now is closed', async (context) => {
  context.mock.timers.enable({ apis: ['setInterval'] });
  let addresses = ['11.0.0.1'];
  const { gate, door } = await gateWith(deny('bad.example'), { lookup: async () => addresses });
  addresses = ['11.0.0.2'];
  context.mock.timers.tick(60_000);
  for (let n = 0; n < 200 && door.replaced.length < 2; n += 1) await new Promise(setImmediate);
  // What it led to a minute ago stays closed for a while: large sites answer with some of theirs at a time.
  assert.deepEqual(door.replaced[1]!.shut, ['11.0.0.1', '11.0.0.2']);
  gate.close();
  context.mock.timers.tick(600_000);
  assert.equal(door.replaced.length, 2);
});

test('whoever owns a denied name can’t have more closed by it than the packet filter bears', async () => {
  const many = Array.from({ length: 100_000 }, (_, index) => `11.${index >> 16}.${(index >> 8) & 255}.${index & 255}`);
  const { door } = await gateWith(deny('a.example', 'b.example'), { lookup: async () => many });
  assert.deepEqual(door.replaced[0]?.shut, many.slice(0, 256).sort());
});

test('an address that a denied name shares with an allowed one is open for as long as that was answered', async () => {
  const lookup = async () => ['11.0.0.1'];
  const { gate, door } = await gateWith(deny('bad.example'), { lookup });
  assert.equal(await gate.release(['good.example'], [a]), true);
  assert.deepEqual(door.open, ['11.0.0.1']);
  assert.equal(gate.admits(['bad.example']), false);
  // It was answered before the other name was denied.
  const later = await gateWith(deny('*.x.example'), { lookup });
  await later.gate.release(['good.example'], [a]);
  assert.deepEqual(later.door.open, []);
  await later.gate.enforce(deny('bad.example'));
  assert.deepEqual([...later.door.replaced.at(-1)!.opened.keys()], ['11.0.0.1']);
  gate.close();
  later.gate.close();
});

test('a gate that is closed while it comes to be in force looks no names up any more', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  let looked = 0;
  const lookup = async () => {
    looked += 1;
    return [];
  };
  const { gate, door } = await gateWith(deny('a.example'), { lookup });
  t.mock.timers.tick(60_000);
  assert.equal(looked, 2);
  door.before = [async () => gate.close()];
  await gate.enforce(deny('b.example'));
  t.mock.timers.tick(600_000);
  assert.equal(looked, 3);
});
