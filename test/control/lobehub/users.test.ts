import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Users } from '../../../control/lobehub/users.ts';
import { ApiError, type ErrorCode } from '../../../shared/api/errors.ts';
import { chatKey, chatUrl, jitToken, otherKey } from '../../support/lobehub.ts';

const keys = [
  { issuer: 'chat', iss: chatUrl, key: chatKey },
  { issuer: 'other', iss: 'other', key: otherKey },
];
const now = Date.parse('2026-11-23T12:00:00Z');
const users = new Users(keys, () => now);
const of = (token: string) => users.require({ authorization: `Bearer ${token}` });
const valid = { sub: 'user_2abc', exp: now + 1000 };

function refuses(code: ErrorCode, work: () => unknown, said = /./): void {
  assert.throws(work, (error) => error instanceof ApiError && error.code === code && said.test(error.message));
}

function signed(claims: object): string {
  const whole = { exp: now + 1000, iss: chatUrl, sub: 'user_2abc', ...claims };
  return jitToken(whole as { sub: string });
}

describe('LobeHub’s tokens', () => {
  it('are for a user of the issuer that their iss and key are of', () => {
    assert.deepEqual(of(jitToken(valid)), { issuer: 'chat', subject: 'user_2abc' });
    assert.deepEqual(of(jitToken({ ...valid, iss: 'other', key: otherKey })), {
      issuer: 'other',
      subject: 'user_2abc',
    });
  });

  it('are as the documented example has them', () => {
    const example =
      'obx_jit_v1.eyJleHAiOjE3NjcyMjU2MDAwMDAsImlzcyI6Imh0dHBzOi8vY2hhdC5leGFtcGxlLmNvbSIsInN1YiI6InVzZXJfMmFiYyJ9._ZGRpAo2YvtpRnTB_PMYsbwnkzZWx3mowKxBMbsnuPQ';
    const key = 'an-example-key-for-the-lobehub-at-chat';
    const then = new Users([{ issuer: 'chat', iss: chatUrl, key }], () => 1_767_225_599_999);
    assert.deepEqual(then.require({ authorization: `Bearer ${example}` }), { issuer: 'chat', subject: 'user_2abc' });
    assert.equal(jitToken({ sub: 'user_2abc', exp: 1_767_225_600_000, key }), example);
  });

  it('are refused when another key has signed them, or one for another iss', () => {
    for (const wrong of [
      { key: otherKey },
      { iss: 'other' },
      { iss: 'https://nobody.example.com' },
      { iss: `${chatUrl}/` },
      { key: '' },
    ])
      refuses('INVALID_JIT_TOKEN', () => of(jitToken({ ...valid, ...wrong })));
  });

  it('are refused when a letter of them was changed', () => {
    const token = jitToken(valid);
    const forged = Buffer.from(JSON.stringify({ exp: now + 1000, iss: chatUrl, sub: 'root' })).toString('base64url');
    const [, , signature] = token.split('.');
    for (const other of [
      `obx_jit_v1.${forged}.${signature}`,
      token.slice(0, -1),
      `${token}A`,
      token.replace('obx_jit_v1', 'obx_jit_v2'),
      token.replace('.', '..'),
      `${token} ${token}`,
      '',
      'obx_jit_v1..',
      `obx_jit_v1.${'A'.repeat(15_000)}.${signature}`,
    ])
      refuses('INVALID_JIT_TOKEN', () => of(other));
    for (const authorization of [undefined, token, `Basic ${token}`])
      refuses('INVALID_JIT_TOKEN', () => users.require(authorization === undefined ? {} : { authorization }));
  });

  it('hold until their exp, and say here what time it is', () => {
    assert.equal(of(jitToken({ ...valid, exp: now + 1 })).subject, 'user_2abc');
    for (const exp of [now, now - 1, 0, -1, Number.MIN_SAFE_INTEGER, 1e300 * -1])
      refuses('JIT_TOKEN_EXPIRED', () => of(jitToken({ ...valid, exp })), /2026-11-23T12:00:00/);
  });

  it('have to say all three things, as what they are', () => {
    for (const wrong of [{ exp: '9999999999999' }, { exp: null }, { sub: undefined }, { sub: 7 }])
      refuses('INVALID_JIT_TOKEN', () => of(signed(wrong)));
    for (const wrong of [{ sub: '' }, { iss: '' }, { iss: null }, { iss: [chatUrl] }])
      refuses('INVALID_JIT_TOKEN', () => of(signed(wrong)));
  });

  it('are for the user that they name to the byte, and for none where that can be no key', () => {
    for (const sub of [
      'user_2abc',
      'User_2abc',
      'auth0|6789',
      'ada+1@example.com',
      'ada lovelace',
      'ädä',
      'a:b',
      'a/b',
    ])
      assert.equal(of(jitToken({ ...valid, sub })).subject, sub);
    for (const sub of [' ada', 'a%2fb', '..', 'a/../b', 'a\u0000b', 'a\u200bb', 'a\u0308', '\ud800', 'x'.repeat(256)])
      refuses('INVALID_WORKSPACE_KEY', () => of(jitToken({ ...valid, sub })));
  });

  it('are all refused where no key is configured, by the setting’s name', () => {
    const none = new Users([]);
    refuses('LOBEHUB_NOT_CONFIGURED', () => none.require({}), /lobehub\.signing_keys/);
  });
});
