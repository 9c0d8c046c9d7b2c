import assert from 'node:assert/strict';
import { startTestControl } from '../support/control.ts';
import { createRequest } from '../support/control-client.ts';
import { engineTest } from '../support/engine.ts';
import { refused } from '../support/refused.ts';

const hour = 3_600_000;

engineTest('POST /sandboxes/{id}/renew-expiration sets another end', async (t) => {
  const control = await startTestControl(t);
  const { id } = await control.create({ timeout: 600 });
  const renew = (expiresAt: unknown, of = id) => control.post(`/v1/sandboxes/${of}/renew-expiration`, { expiresAt });

  await t.test('to a later time, in any zone', async () => {
    const later = new Date(Date.now() + hour);
    const response = await renew(later.toISOString());
    assert.deepEqual([response.status, await response.json()], [200, { expiresAt: later.toISOString() }]);
    assert.equal((await control.get(id)).expiresAt, later.toISOString());

    const noon = new Date(Math.ceil(Date.now() / 1000) * 1000 + 2 * hour);
    const abroad = new Date(noon.getTime() + 2 * hour).toISOString().replace('.000Z', '.000000+02:00');
    const again = await control.post(`/sandboxes/${id}/renew-expiration`, { expiresAt: abroad, unknown: 1 });
    assert.deepEqual(await again.json(), { expiresAt: noon.toISOString() });
  });

  await t.test('to an earlier one, as pools of sandboxes do that hand one out', async () => {
    const earlier = new Date(Date.now() + hour).toISOString();
    assert.equal((await renew(earlier)).status, 200);
    assert.equal((await control.get(id)).expiresAt, earlier);
  });

  await t.test('never to one that is past', async () => {
    const { expiresAt } = await control.get(id);
    for (const early of [new Date(Date.now() - 1), '2001-01-01T00:00:00Z', '1969-12-31T23:59:59Z']) {
      await refused(await renew(early), 'DOCKER::INVALID_EXPIRATION', 'expiresAt');
    }
    assert.equal((await control.get(id)).expiresAt, expiresAt);
  });

  await t.test('what is no time with a zone is refused', async () => {
    for (const text of [
      '',
      'tomorrow',
      '2999-01-01',
      '2999-01-01T00:00:00',
      '2999-02-30T00:00:00Z',
      'x'.repeat(100_000),
    ]) {
      await refused(await renew(text), 'INVALID_REQUEST_BODY', 'expiresAt');
    }
    for (const value of [1e15, null, undefined, true, {}]) {
      await refused(await renew(value), 'INVALID_REQUEST_BODY', 'expiresAt');
    }
  });

  await t.test('one without an end has none to put off, and one that there is not neither', async () => {
    const endless = await control.create({ timeout: null });
    const later = new Date(Date.now() + hour).toISOString();
    await refused(await renew(later, endless.id), 'DOCKER::EXPIRATION_NOT_EXTENDED');
    await refused(await renew(later, 'nobody'), 'DOCKER::SANDBOX_NOT_FOUND', 'sandboxId');
  });
});

engineTest(
  'the administrator’s longest time to live holds for requests, renewals and those that ask for none',
  async (t) => {
    const control = await startTestControl(t, { 'server.max_sandbox_timeout_seconds': '300' });
    const tooLong = await control.post('/v1/sandboxes', createRequest({ timeout: 301 }));
    const { expected } = await refused(tooLong, 'SANDBOX::INVALID_PARAMETER', 'timeout');
    assert.equal(expected, 'at most 300 seconds');
    const { id, createdAt, expiresAt } = await control.create({ timeout: undefined });
    assert.equal(Date.parse(expiresAt!) - Date.parse(createdAt), 300_000);
    const late = await control.post(`/v1/sandboxes/${id}/renew-expiration`, {
      expiresAt: new Date(Date.now() + 400_000).toISOString(),
    });
    await refused(late, 'DOCKER::INVALID_EXPIRATION', 'expiresAt');
  },
);
