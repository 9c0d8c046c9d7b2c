import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { changeScript, type GateState } from '../../../control/network/gate-rules.ts';
import { Verdicts } from '../../../control/network/policies/verdicts.ts';
import { readSets } from '../../../control/network/recall.ts';
import { type Closure, sandboxRules } from '../../../control/network/rules.ts';

/** Why nft can't be asked here. */
const without = process.getuid?.() !== 0 || spawnSync('nft', ['--version']).status !== 0 ? 'needs root and nft' : false;

const closure: Closure = { resolver: '172.30.0.1', block: [], allow: [], own: [], ipv6: true };
const state: GateState = {
  verdicts: new Verdicts({
    defaultAction: 'deny',
    egress: [
      { action: 'allow', target: '11.0.0.0/8' },
      { action: 'allow', target: '2a11::/32' },
    ],
  }),
  opened: new Map([
    ['12.0.0.1', 59.2],
    ['2a12:0:0:0:0:0:0:1', 100],
  ]),
  lasting: new Map([
    ['12.0.0.1', 'a.example'],
    ['12.0.0.2', 'b.example'],
    ['2a12:0:0:0:0:0:0:1', 'a.example'],
  ]),
  shut: ['11.0.0.9'],
};
const nothing = { opened: new Map(), lasting: new Map(), gone: [] };

/** Loads scripts, one after the other, in a network namespace of its own, and says what `nft …` then says there. */
function load(scripts: string[], ...list: string[]): string {
  const line = `${scripts.map(() => 'printf %s "$1" | nft -f - && shift').join(' && ')} && nft "$@"`;
  const args = ['--net', 'sh', '-c', line, 'sh', ...scripts, ...list];
  const { status, stdout, stderr } = spawnSync('unshare', args, { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  return stdout;
}
const asJson = ['-j', 'list', 'table', 'inet', 'cubby'];

test('the kernel takes a gate’s rules, for either default, and a second time in place of the first', {
  skip: without,
}, () => {
  for (const defaultAction of ['allow', 'deny'] as const) {
    const verdicts = new Verdicts({ ...state.verdicts.policy, defaultAction });
    const script = sandboxRules(closure, { address: '172.30.0.9', gate: { ...state, verdicts } });
    const list = load([script, script], 'list', 'table', 'inet', 'cubby');
    assert.match(list, /ip saddr != 172\.30\.0\.9 drop/);
    // After the closed ranges, which no policy opens.
    assert.match(list, /jump closed\s+jump outgoing/);
  }
});

test('everything and nothing are ranges that the kernel takes', { skip: without }, () => {
  for (const targets of [
    ['0.0.0.0/0', '::/0'],
    ['0.0.0.0/1', '128.0.0.0/1', '::/1'],
    ['255.255.255.255', 'ffff::/16'],
  ]) {
    const egress = targets.map((target) => ({ action: 'allow' as const, target }));
    const verdicts = new Verdicts({ defaultAction: 'deny', egress });
    load([sandboxRules(closure, { gate: { ...state, verdicts } })], 'list', 'table', 'inet', 'cubby');
  }
});

test('what was opened is read back, with its name and the time that is left', { skip: without }, () => {
  const { opened, lasting } = readSets(load([sandboxRules(closure, { gate: state })], ...asJson));
  assert.deepEqual(lasting, state.lasting);
  assert.deepEqual([...opened.keys()], [...state.opened.keys()]);
  assert.ok([...opened.values()].every((left) => left >= 50 && left <= 100));
});

test('single addresses are added, prolonged and taken out, all at once', { skip: without }, () => {
  const change = changeScript('cubby', {
    opened: new Map([
      ['12.0.0.1', 300],
      ['12.0.0.3', 20],
      ['2a12:0:0:0:0:0:0:2', 20],
    ]),
    lasting: new Map([
      ['12.0.0.1', 'c.example'],
      ['12.0.0.3', 'c.example'],
      ['2a12:0:0:0:0:0:0:2', ''],
    ]),
    gone: ['12.0.0.2', '12.0.0.99', '2a12:0:0:0:0:0:0:1'],
  });
  const { opened, lasting } = readSets(load([sandboxRules(closure, { gate: state }), change], ...asJson));
  assert.deepEqual([...opened.keys()].sort(), ['12.0.0.1', '12.0.0.3', '2a12:0:0:0:0:0:0:2']);
  assert.ok(opened.get('12.0.0.1')! > 290);
  assert.equal(lasting.get('12.0.0.1'), 'c.example');
  assert.deepEqual([...lasting.keys()].sort(), ['12.0.0.1', '12.0.0.3', '2a12:0:0:0:0:0:0:2']);
});

test('a name never becomes a part of a script that could mean something there', { skip: without }, () => {
  for (const name of ['a"; flush ruleset; #', 'a\nflush ruleset', `${'a.'.repeat(100)}example`, 'a}b', '']) {
    const change = changeScript('cubby', {
      ...nothing,
      opened: new Map([['12.0.0.7', 9]]),
      lasting: new Map([['12.0.0.7', name]]),
    });
    const { lasting } = readSets(load([sandboxRules(closure, { gate: state }), change], ...asJson));
    assert.equal(lasting.get('12.0.0.7'), '');
    assert.equal(lasting.get('12.0.0.1'), 'a.example');
  }
});

test('sets say by a field what they hold: an older nft crashes at those that a newer one made in the other way', () => {
  const script = sandboxRules(closure, { gate: state });
  assert.equal(script.match(/^ *set \w+ \{ typeof ip6? daddr;/gm)?.length, script.match(/^ *set /gm)?.length);
});

test('a sandbox without a policy has rules without sets, as ever', () => {
  assert.doesNotMatch(sandboxRules(closure), /\bset\b|@/);
});
