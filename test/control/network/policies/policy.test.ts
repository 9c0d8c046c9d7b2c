import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  modeOf,
  openPolicy,
  parsePolicy,
  parseRules,
  shutPolicy,
  withoutTargets,
  withRules,
} from '../../../../control/network/policies/policy.ts';

const blame = { code: 'INVALID_REQUEST_BODY', field: '' } as const;
const rules = (...texts: string[]) =>
  texts.map((text) => ({
    action: text.startsWith('-') ? ('deny' as const) : ('allow' as const),
    target: text.slice(1),
  }));

test('a policy that says nothing denies, and rules are kept as they were written', () => {
  assert.deepEqual(parsePolicy({}, blame), shutPolicy);
  assert.deepEqual(parsePolicy({ defaultAction: null, egress: null }, blame), shutPolicy);
  const egress = [{ action: ' Allow', target: ' Example.COM. ' }];
  assert.deepEqual(parsePolicy({ defaultAction: 'ALLOW', egress }, blame), {
    defaultAction: 'allow',
    egress: [{ action: 'allow', target: 'Example.COM.' }],
  });
});

test('a mistake is told with the field that it is in', () => {
  const field = (work: () => unknown) => {
    try {
      work();
    } catch (error) {
      return (error as { field?: string }).field;
    }
    return undefined;
  };
  const at = { code: 'SANDBOX::INVALID_PARAMETER', field: 'networkPolicy.' } as const;
  assert.equal(
    field(() => parsePolicy({ defaultAction: 'block' }, at)),
    'networkPolicy.defaultAction',
  );
  const one = { action: 'allow', target: 'a.example' };
  const bad = { action: 'allow', target: 'https://a.example/' };
  assert.equal(
    field(() => parsePolicy({ egress: [one, bad] }, at)),
    'networkPolicy.egress[1].target',
  );
  assert.equal(
    field(() => parseRules([{ ...one, action: 'drop' }], { ...blame, field: 'egress' })),
    'egress[0].action',
  );
  const many = Array.from({ length: 4097 }, (_, n) => ({ action: 'allow', target: `n${n}.example` }));
  assert.equal(
    field(() => parseRules(many, { ...blame, field: 'egress' })),
    'egress',
  );
});

test('new rules come first, take the place of older ones for the same target, and the first of two new ones counts', () => {
  const policy = { defaultAction: 'deny' as const, egress: rules('+example.com', '-*.example.com') };
  assert.deepEqual(withRules(policy, rules('-blocked.com', '+EXAMPLE.com.', '-example.com'), blame).egress, [
    ...rules('-blocked.com', '+EXAMPLE.com.', '-*.example.com'),
  ]);
  const full = { ...policy, egress: Array.from({ length: 4096 }, (_, n) => rules(`+n${n}.example`)[0]!) };
  assert.throws(() => withRules(full, rules('+one-more.example'), blame), { code: 'INVALID_REQUEST_BODY' });
  assert.equal(withRules(full, rules('-N7.example'), blame).egress.length, 4096);
});

test('rules are removed by their targets, however those are spelt; what isn’t there is no matter', () => {
  const policy = { defaultAction: 'deny' as const, egress: rules('+Example.com', '-*.example.com', '+11.0.0.0/8') };
  const left = withoutTargets(policy, ['example.COM.', '11.2.3.4/8', 'absent.example', 'not a target']);
  assert.deepEqual(left, { defaultAction: 'deny', egress: rules('-*.example.com') });
});

test('the mode is said in OpenSandbox’s words', () => {
  assert.equal(modeOf(openPolicy), 'allow_all');
  assert.equal(modeOf(shutPolicy), 'deny_all');
  assert.equal(modeOf({ defaultAction: 'allow', egress: rules('-a.example') }), 'enforcing');
});
