import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { parseException, parseRange } from '../../../control/network/ranges.ts';
import { type Closure, hostRules, removeTable, sandboxRules } from '../../../control/network/rules.ts';

const closure: Closure = {
  resolver: '172.30.0.1',
  block: [parseRange('10.9.9.9')!, parseRange('fd00:9::/32')!],
  allow: [parseException('10.9.0.0/16', 'allow'), parseException('10.1.2.3:5432', 'allow')],
  own: [parseRange('203.0.114.7')!, parseRange('172.30.0.0/16')!, parseRange('172.16.0.0/12')!],
  ipv6: false,
};

/** Why nft can't be asked here. */
const without = process.getuid?.() !== 0 || spawnSync('nft', ['--version']).status !== 0 ? 'needs root and nft' : false;

/** Loads scripts in a network namespace of its own, and says what is in force there afterwards. */
function load(...scripts: string[]): string {
  const line = scripts.map(() => 'nft "$1" && shift').join(' && ');
  const args = ['--net', 'sh', '-c', `${line} && nft list ruleset`, 'sh', ...scripts];
  const { status, stdout, stderr } = spawnSync('unshare', args, { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  return stdout;
}

test('what the administrator blocks is stronger than what is allowed, and that than the closed ranges', () => {
  const script = sandboxRules(closure);
  const order = [
    '172.30.0.1 meta l4proto',
    'ip daddr { 10.9.9.9 }',
    'ip daddr 10.9.0.0/16 return',
    'ip daddr { 0.0.0.0/8',
  ];
  const places = order.map((text) => script.indexOf(text));
  assert.ok(places.every((place) => place > 0));
  assert.deepEqual(
    places,
    places.toSorted((a, b) => a - b),
  );
});

test('the kernel takes the rules, with and without IPv6, and a second time in place of the first', {
  skip: without,
}, () => {
  for (const ipv6 of [false, true]) {
    const script = sandboxRules({ ...closure, ipv6 });
    const once = load(script);
    assert.match(once, /table inet cubby/);
    assert.equal(load(script, script), once);
    assert.equal(load(removeTable('cubby'), script, removeTable('cubby')), '');
  }
});

test('the kernel takes the host’s rules, for one bridge only', { skip: without }, () => {
  const script = hostRules('cubby_abcdefgh', 'cubby-abcdefgh', closure);
  const list = load(script, script);
  assert.equal(list.match(/iifname != "cubby-abcdefgh" accept/g)?.length, 2);
});

test('without any exception or block the rules are still whole', { skip: without }, () => {
  const bare = load(sandboxRules({ ...closure, block: [], allow: [], own: [] }));
  assert.match(bare, /ip daddr \{ [^}]*169\.254\.0\.0\/16[^}]*\} (meta l4proto tcp )?reject/);
  assert.doesNotMatch(bare, /ip6? daddr \{ \}/);
});

test('no set has a name: an older nft of the host’s crashes at one that a newer nft has made', () => {
  assert.doesNotMatch(sandboxRules(closure) + hostRules('cubby_abcdefgh', 'cubby-abcdefgh', closure), /^\s*set /m);
});
