import assert from 'node:assert/strict';
import { it } from 'node:test';
import { keyed } from '../../../control/users/keyed.ts';

const told = (entry: object, issuer?: string) => {
  const one = keyed({ place: 'line 1', ...entry } as Parameters<typeof keyed>[0], issuer);
  return 'key' in one ? `${one.key.issuer}|${one.key.subject}` : one.expected;
};

it('an id is a whole key, or its issuer is given apart, or by the entry itself', () => {
  assert.equal(told({ id: 'app:ada' }), 'app|ada');
  assert.equal(told({ id: 'app:ada' }, 'other'), 'other|app:ada');
  assert.equal(told({ id: 'ada', issuer: 'app' }), 'app|ada');
  assert.equal(told({ id: 'ada', issuer: 'app' }, 'other'), 'app|ada');
  assert.equal(told({ id: 9007199254740991 }, 'app'), 'app|9007199254740991');
});

it('what can be no key is refused with what was expected, and is never changed into one', () => {
  for (const [entry, issuer, expected] of [
    [{ id: 'ada' }, undefined, /issuer:subject; --issuer says whose/],
    [{ id: 9007199254740992 }, 'app', /text or a whole number/],
    [{ id: 1.5 }, 'app', /text or a whole number/],
    [{ id: null }, 'app', /text or a whole number/],
    [{ id: 'ada', issuer: null }, 'app', /an issuer that is text/],
    [{ id: 'ada', issuer: 'App' }, undefined, /lower-case letters/],
    [{ id: '' }, 'app', /a subject behind the colon/],
    [{ id: ' ada' }, 'app', /without spaces at its ends/],
    [{ id: 'a\u0000b' }, 'app', /control/],
    [{ id: 'x'.repeat(256) }, 'app', /at most 255 bytes/],
    [{ id: '\ud800' }, 'app', /control/],
    [{ expected: 'a line in UTF-8' }, 'app', /a line in UTF-8/],
  ] as const)
    assert.match(told(entry, issuer), expected, JSON.stringify(entry));
});
