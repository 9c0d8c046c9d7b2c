import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { test } from 'node:test';
import { openStorage } from '../../../../control/storage/open.ts';
import { SeenNonces } from '../../../../control/workspaces/signatures/seen.ts';
import { Signatures } from '../../../../control/workspaces/signatures/signatures.ts';
import { ApiError } from '../../../../shared/api/errors.ts';
import { appSecret, type Signing, signedHeaders } from '../../../support/signing.ts';

const start = 1_800_000_000;

/** Signatures whose clock a test sets, in seconds since 1970. */
function at() {
  const storage = openStorage(':memory:');
  const clock = { now: start };
  const signatures = new Signatures({
    issuers: [{ issuer: 'app', secret: appSecret }],
    seen: new SeenNonces(storage),
    clockSkewSeconds: 300,
    now: () => clock.now * 1000,
  });
  const codeOf = (headers: Record<string, string>, url = '/x') => {
    try {
      return signatures.check({ method: 'GET', url, headers } as unknown as IncomingMessage)?.issuer;
    } catch (error) {
      assert.ok(error instanceof ApiError);
      return error.code;
    }
  };
  const headers = (signing: Partial<Signing> = {}) => signedHeaders({ path: '/x', time: clock.now, ...signing });
  const kept = () => storage.prepare('select count(*) from seen_nonces').pluck().get();
  return { clock, codeOf, headers, kept };
}

test('a request is good once, for as long as its time is about now', () => {
  const { clock, codeOf, headers } = at();
  const first = headers();
  assert.equal(codeOf(first), 'app');
  for (const away of [0, 1, 299, 300, 200, 0, -300]) {
    clock.now = start + away;
    assert.equal(codeOf(first), 'SIGNATURE_REPLAYED');
  }
  clock.now = start + 301;
  assert.equal(codeOf(first), 'SIGNATURE_EXPIRED');
});

test('one from a clock that is ahead is good once, and one that was refused can come later', () => {
  const { clock, codeOf, headers } = at();
  const early = headers({ time: start + 400 });
  assert.equal(codeOf(early), 'SIGNATURE_EXPIRED');
  clock.now = start + 100;
  assert.equal(codeOf(early), 'app');
  clock.now = start + 700;
  assert.equal(codeOf(early), 'SIGNATURE_REPLAYED');
});

test('a clock that is set back lets nothing in again', () => {
  const { clock, codeOf, headers } = at();
  const first = headers();
  assert.equal(codeOf(first), 'app');
  clock.now = start + 1500;
  assert.equal(codeOf(headers()), 'app');
  clock.now = start;
  assert.equal(codeOf(first), 'SIGNATURE_REPLAYED');
});

test('only what was rightly signed is remembered, and not for ever', () => {
  const { clock, codeOf, headers, kept } = at();
  for (let n = 0; n < 50; n += 1) assert.equal(codeOf(headers({ secret: 'a-wrong-secret' })), 'INVALID_SIGNATURE');
  assert.equal(kept(), 0);
  for (let n = 0; n < 50; n += 1) assert.equal(codeOf(headers()), 'app');
  assert.equal(kept(), 50);
  clock.now = start + 3600;
  assert.equal(codeOf(headers()), 'app');
  assert.equal(kept(), 1);
});

test('a request without a signature is nobody’s, and what is like one is refused', () => {
  const { codeOf, headers } = at();
  assert.equal(codeOf({}), undefined);
  assert.equal(codeOf({ 'cubby-issuer': 'app' }), 'INVALID_SIGNATURE');
  for (const change of [
    { 'cubby-time': '1e9' },
    { 'cubby-time': '01800000000' },
    { 'cubby-time': '-1800000000' },
    { 'cubby-time': '9'.repeat(400) },
    { 'cubby-nonce': 'short' },
    { 'cubby-nonce': 'with a line\nend of it' },
    { 'cubby-signature': 'A'.repeat(64) },
    { 'cubby-content-sha256': 'unsigned-payload' },
    { 'cubby-issuer': '__proto__' },
  ] as Record<string, string>[])
    assert.equal(codeOf({ ...headers(), ...change }), 'INVALID_SIGNATURE');
  assert.equal(codeOf(headers(), '/x?'), 'INVALID_SIGNATURE');
});
