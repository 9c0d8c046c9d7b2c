import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { test } from 'node:test';
import type { Action, Policy } from '../../../../control/network/policies/policy.ts';
import { Verdicts } from '../../../../control/network/policies/verdicts.ts';
import { contains, parseRange } from '../../../../control/network/ranges.ts';

/** A policy in short: `+` allows, `-` denies; the first is the default. */
function policyOf(defaultAction: '+' | '-', ...rules: string[]): Policy {
  const action = (sign: string | undefined): Action => (sign === '+' ? 'allow' : 'deny');
  return {
    defaultAction: action(defaultAction),
    egress: rules.map((rule) => ({ action: action(rule[0]), target: rule.slice(1) })),
  };
}
const verdicts = (...policy: Parameters<typeof policyOf>) => new Verdicts(policyOf(...policy));

test('the first rule that fits a name decides, and the default where none does', () => {
  const asked = verdicts('-', '-a.example.com', '+*.example.com', '-b.example.com', '+example.org');
  assert.equal(asked.name('a.example.com').action, 'deny');
  assert.equal(asked.name('b.example.com').action, 'allow');
  assert.equal(asked.name('deep.er.example.com').action, 'allow');
  assert.equal(asked.name('x.a.example.com').action, 'allow');
  assert.equal(asked.name('example.org').action, 'allow');
  assert.equal(asked.name('www.example.org').action, 'deny');
  assert.equal(verdicts('+', '-*.bad.example').name('good.example').action, 'allow');
});

test('a star stands for one label or more, never for none, and not for the end of a label', () => {
  const asked = verdicts('-', '+*.example.com');
  assert.equal(asked.name('example.com').action, 'deny');
  assert.equal(asked.name('notexample.com').action, 'deny');
  assert.equal(asked.name('example.com.evil.org').action, 'deny');
  assert.equal(verdicts('-', '+*.com').name('example.com').action, 'allow');
});

test('the first rule that holds an address decides', () => {
  const asked = verdicts('-', '-11.0.0.7', '+11.0.0.0/8', '-11.5.0.0/16', '+2a11::/32', '+example.com');
  assert.equal(asked.address('11.0.0.7').action, 'deny');
  assert.equal(asked.address('11.0.0.8').action, 'allow');
  assert.equal(asked.address('11.5.0.1').action, 'allow');
  assert.equal(asked.address('12.0.0.1').action, 'deny');
  assert.equal(asked.address('2a11::9').action, 'allow');
  assert.deepEqual(asked.listed(4), ['11.0.0.0-11.0.0.6', '11.0.0.8-11.255.255.255']);
});

test('everything and nothing are ranges as well', () => {
  assert.deepEqual(verdicts('-', '+0.0.0.0/0', '+::/0').listed(4), ['0.0.0.0-255.255.255.255']);
  assert.deepEqual(verdicts('-', '+::/0').listed(6), ['0:0:0:0:0:0:0:0-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff']);
  assert.deepEqual(verdicts('+').listed(4), []);
  assert.equal(verdicts('+').isOpen, true);
  assert.equal(verdicts('-').isOpen, false);
});

test('intervals say for any address what the rules say one after the other', () => {
  for (let round = 0; round < 60; round += 1) {
    const rules = Array.from({ length: randomInt(1, 30) }, () => {
      const address = `11.${randomInt(4)}.${randomInt(4)}.${randomInt(256)}`;
      return `${randomInt(2) === 0 ? '+' : '-'}${address}/${randomInt(6, 33)}`;
    });
    const policy = policyOf(randomInt(2) === 0 ? '+' : '-', ...rules);
    const asked = new Verdicts(policy);
    const listed = asked.listed(4).map((text) => text.split('-').map((one) => parseRange(one)!.first));
    for (let n = 0; n < 200; n += 1) {
      const address = `${randomInt(10, 13)}.${randomInt(5)}.${randomInt(5)}.${randomInt(256)}`;
      const rule = policy.egress.find(({ target }) => contains([parseRange(target)!], address));
      const right = rule?.action ?? policy.defaultAction;
      assert.equal(asked.address(address).action, right, `${address} by ${JSON.stringify(policy)}`);
      const { first } = parseRange(address)!;
      const isListed = listed.some(([from = 0n, to = from]) => from <= first && first <= to);
      assert.equal(isListed, right !== policy.defaultAction, `${address} in ${listed.join(', ')}`);
    }
  }
});

test('an alias need not be allowed, but a rule that denies it earlier holds', () => {
  assert.equal(verdicts('-', '+www.example').admits(['www.example', 'edge.cdn.example']), true);
  assert.equal(verdicts('-', '+www.example', '-*.cdn.example').admits(['www.example', 'edge.cdn.example']), true);
  assert.equal(verdicts('-', '-*.cdn.example', '+www.example').admits(['www.example', 'edge.cdn.example']), false);
  assert.equal(verdicts('+', '-*.cdn.example').admits(['www.example', 'a.example', 'edge.cdn.example']), false);
  assert.equal(verdicts('-').admits(['www.example', 'www.example']), false);
});

test('names that are denied by themselves are known, unless an earlier rule allows them', () => {
  const asked = verdicts('+', '-bad.example', '+*.example.com', '-a.example.com', '-*.worse.example', '-11.0.0.1');
  assert.deepEqual(asked.deniedNames(), ['bad.example']);
});

test('thousands of rules are made ready at once', () => {
  const rules = Array.from({ length: 4096 }, (_, n) => (n % 2 ? `-11.${n % 256}.${n >> 8}.0/24` : `+n${n}.example`));
  const asked = verdicts('+', ...rules);
  assert.equal(asked.name('n4094.example').rank, 4094);
  assert.equal(asked.address('11.1.0.9').action, 'deny');
});
