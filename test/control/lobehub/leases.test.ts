import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Leases } from '../../../control/lobehub/leases.ts';
import { openStorage } from '../../../control/storage/open.ts';
import { ApiError, type ErrorCode } from '../../../shared/api/errors.ts';

const ada = { issuer: 'chat', subject: 'ada' };
const request = { sessionId: 's', sandboxId: 'one', ms: 1000, create: true };

function refuses(code: ErrorCode, work: () => unknown): void {
  assert.throws(work, (error) => error instanceof ApiError && error.code === code);
}

function leases(): { leases: Leases; at: { now: number } } {
  const at = { now: 1_000_000 };
  return { leases: new Leases(openStorage(':memory:'), () => at.now), at };
}

describe('the lease of a session', () => {
  it('is put off by each call, and never brought forward', () => {
    const { leases: all, at } = leases();
    assert.deepEqual(all.renew(ada, request), { sessionId: 's', created: true, expiresAt: 1_001_000 });
    at.now += 999;
    assert.deepEqual(all.renew(ada, { ...request, create: false }), {
      sessionId: 's',
      created: false,
      expiresAt: 1_001_999,
    });
    assert.equal(all.renew(ada, { ...request, ms: 1 }).expiresAt, 1_001_999);
    at.now = 1_001_999;
    refuses('SESSION_NOT_FOUND', () => all.renew(ada, { ...request, create: false }));
    assert.equal(all.renew(ada, request).created, true);
  });

  it('is one user’s, and of one sandbox', () => {
    const { leases: all } = leases();
    all.renew(ada, request);
    for (const [key, other] of [
      [{ ...ada, subject: 'eve' }, request],
      [{ ...ada, issuer: 'other' }, request],
      [ada, { ...request, sandboxId: 'two' }],
      [ada, { ...request, sessionId: 'S' }],
    ] as const) {
      assert.equal(all.has(key, other.sessionId, other.sandboxId), false);
      refuses('SESSION_NOT_FOUND', () => all.renew(key, { ...other, create: false }));
    }
    assert.equal(all.has(ada, 's', 'one'), true);
    assert.equal(all.has(ada, 's', undefined), false);
  });

  it('is refused to who has a thousand, until one of them is over', () => {
    const { leases: all, at } = leases();
    for (let i = 0; i < 1000; i++) all.renew(ada, { ...request, sessionId: `s-${i}`, ms: i === 0 ? 1 : 1000 });
    refuses('TOO_MANY_SESSIONS', () => all.renew(ada, request));
    assert.equal(all.renew({ ...ada, subject: 'eve' }, request).created, true);
    assert.equal(all.renew(ada, { ...request, sessionId: 's-1' }).created, false);
    at.now += 1;
    assert.equal(all.renew(ada, request).created, true);
  });
});
