import assert from 'node:assert/strict';
import type { EnsuredWorkspace } from '../../shared/api/workspaces.ts';
import { startTestControl } from '../support/control.ts';
import { createRequest } from '../support/control-client.ts';
import { controlLives } from '../support/control-lives.ts';
import { engineTest } from '../support/engine.ts';
import { refused } from '../support/refused.ts';
import { issuers, otherSecret, type Signing, sendSigned, signedHeaders } from '../support/signing.ts';
import { ensuredIn, workspacePath } from '../support/workspaces.ts';

const body = JSON.stringify(createRequest());
const ada = workspacePath('app:ada');

engineTest('a host application signs its requests in place of an API key', async (t) => {
  const control = await startTestControl(t, issuers);
  const send = (signing: Signing, more?: RequestInit) => sendSigned(control.url, signing, more);
  let first: EnsuredWorkspace | undefined;

  await t.test('PUT, GET, the list, reset and DELETE', async () => {
    first = await ensuredIn(await send({ method: 'PUT', path: ada, body }));
    assert.equal(first.created, true);
    assert.equal((await send({ path: ada })).status, 200);
    const again = await ensuredIn(await send({ method: 'PUT', path: ada }));
    assert.equal(again.sandbox.id, first.sandbox.id);
    const reset = await ensuredIn(await send({ method: 'POST', path: `${ada}/reset` }));
    assert.equal(reset.previous?.id, first.sandbox.id);
    const list = (await (await send({ path: '/v1/workspaces?pageSize=5' })).json()) as { items: { key: string }[] };
    assert.deepEqual(
      list.items.map(({ key }) => key),
      ['app:ada'],
    );
  });

  await t.test('two issuers with the same subject don’t meet, and neither reaches the other’s', async () => {
    const theirs = { issuer: 'other', secret: otherSecret };
    const path = workspacePath('other:ada');
    const other = await ensuredIn(await send({ ...theirs, method: 'PUT', path, body }));
    const own = await ensuredIn(await send({ method: 'PUT', path: ada }));
    assert.notEqual(other.sandbox.id, own.sandbox.id);
    for (const [method, way] of [
      ['PUT', path],
      ['GET', path],
      ['DELETE', path],
      ['POST', `${path}/reset`],
      ['GET', `${path}/proxy/44772/ping`],
      ['GET', `${path}/endpoints/44772`],
      ['GET', workspacePath('other:nobody')],
    ] as const)
      await refused(await send({ method, path: way }), 'ISSUER_NOT_ALLOWED', 'key');
    await refused(await send({ path: '/v1/workspaces?issuer=other' }), 'ISSUER_NOT_ALLOWED', 'key');
    const list = (await (await send({ ...theirs, path: '/v1/workspaces' })).json()) as { items: { key: string }[] };
    assert.deepEqual(
      list.items.map(({ key }) => key),
      ['other:ada'],
    );
  });

  await t.test('a signature opens nothing but workspaces', async () => {
    for (const path of ['/v1/sandboxes', `/v1/sandboxes/${first!.sandbox.id}`, '/v1/snapshots', '/metrics'])
      await refused(await send({ path }), 'MISSING_API_KEY', 'open-sandbox-api-key');
  });

  await t.test('another method, path, query, body, time, nonce or issuer than was signed is refused', async () => {
    const time = Math.floor(Date.now() / 1000);
    const signing = { method: 'PUT', path: ada, body, time };
    const changes: [Partial<Signing>, Record<string, string>][] = [
      [{ method: 'DELETE' }, {}],
      [{ path: workspacePath('app:eve') }, {}],
      [{ path: `${ada}?force=1` }, {}],
      [{ path: `${ada}/reset`, method: 'POST' }, {}],
      [{ path: ada.replace('app%3A', 'app:') }, {}],
      [{}, { 'cubby-time': String(time + 1) }],
      [{}, { 'cubby-nonce': '0123456789abcdef' }],
      [{}, { 'cubby-issuer': 'other' }],
      [{}, { 'cubby-issuer': 'nobody' }],
      [{}, { 'cubby-content-sha256': '0'.repeat(64) }],
      [{}, { 'cubby-content-sha256': 'UNSIGNED-PAYLOAD' }],
      [{}, { 'cubby-signature': '0'.repeat(64) }],
    ];
    for (const [change, headers] of changes) {
      const { method = 'PUT', path = ada } = change;
      const sent = method === 'DELETE' ? undefined : { body };
      const signed = { 'content-type': 'application/json', ...signedHeaders(signing), ...headers };
      const response = await fetch(`${control.url}${path}`, { method, ...sent, headers: signed });
      await refused(response, 'INVALID_SIGNATURE', 'cubby-signature');
    }
    await refused(await send({ ...signing, secret: otherSecret }), 'INVALID_SIGNATURE', 'cubby-signature');
    // With the right key beside it: whoever signs is asked for the signature.
    const beside = { 'open-sandbox-api-key': control.apiKey };
    await refused(
      await send({ path: ada, secret: otherSecret }, { headers: beside }),
      'INVALID_SIGNATURE',
      'cubby-signature',
    );
  });

  await t.test('a body that is not the one that was signed is refused before anything is done', async () => {
    const path = workspacePath('app:nobody');
    const other = JSON.stringify(createRequest({ env: { A: '1' } }));
    await refused(await send({ method: 'PUT', path, body }, { body: other }), 'BODY_NOT_AS_SIGNED', 'body');
    await refused(await send({ method: 'PUT', path, body }, { body: null }), 'BODY_NOT_AS_SIGNED', 'body');
    await refused(await send({ method: 'PUT', path }, { body }), 'BODY_NOT_AS_SIGNED', 'body');
    await refused(await send({ path, body: 'x' }, { body: null }), 'BODY_NOT_AS_SIGNED', 'body');
    const unsigned = { method: 'PUT', path, body, hash: 'UNSIGNED-PAYLOAD' };
    await refused(await send(unsigned), 'INVALID_SIGNATURE', 'cubby-content-sha256');
    await refused(await send({ path }), 'WORKSPACE_NOT_FOUND', 'key');
  });

  await t.test('half a signature is refused by the header that is missing or malformed', async () => {
    const whole = signedHeaders({ path: ada });
    for (const name of Object.keys(whole)) {
      const { [name]: _, ...headers } = whole;
      await refused(await fetch(`${control.url}${ada}`, { headers }), 'INVALID_SIGNATURE', name);
      for (const wrong of ['', 'x', `${whole[name]}, ${whole[name]}`, 'y'.repeat(8000), 'é']) {
        const response = await fetch(`${control.url}${ada}`, { headers: { ...whole, [name]: wrong } });
        await refused(
          response,
          'INVALID_SIGNATURE',
          wrong === 'x' && name === 'cubby-issuer' ? 'cubby-signature' : name,
        );
      }
    }
  });

  await t.test('a time that is too far away is refused, and told of', async () => {
    const now = () => Math.floor(Date.now() / 1000);
    for (const away of [-310, 330, -86_400 * 365, 86_400 * 365]) {
      const before = now();
      const response = await send({ path: ada, time: before + away });
      const { message } = await refused(response, 'SIGNATURE_EXPIRED', 'cubby-time');
      const told = message.match(/\d{10}/g)?.map(Number) ?? [];
      assert.ok(
        told.some((time) => time >= before && time <= now()),
        message,
      );
    }
    for (const away of [-270, 280]) assert.equal((await send({ path: ada, time: now() + away })).status, 200);
  });

  await t.test('of many that are the same and come at once one is let in', async () => {
    const headers = signedHeaders({ path: ada });
    const all = await Promise.all(Array.from({ length: 30 }, () => fetch(`${control.url}${ada}`, { headers })));
    assert.equal(all.filter(({ status }) => status === 200).length, 1);
    for (const response of all.filter(({ status }) => status !== 200))
      await refused(response, 'SIGNATURE_REPLAYED', 'cubby-nonce');
    // A nonce is its issuer's own.
    const nonce = headers['cubby-nonce']!;
    const theirs = { issuer: 'other', secret: otherSecret, nonce, path: workspacePath('other:ada') };
    assert.equal((await send(theirs)).status, 200);
  });
});

engineTest('what was let in once is refused after a restart and after a crash too', async (t) => {
  const lives = controlLives(t);
  const settings = { ...issuers, 'workspaces.clock_skew_seconds': '60' };
  const seen: Record<string, string>[] = [];
  for (let life = 0; life < 3; life += 1) {
    // What is remembered does not depend on how far clocks may be apart.
    const control = await lives.spawn(life === 2 ? issuers : settings);
    for (const headers of seen)
      await refused(await fetch(`${control.url}${ada}`, { headers }), 'SIGNATURE_REPLAYED', 'cubby-nonce');
    const headers = signedHeaders({ path: ada });
    await refused(await fetch(`${control.url}${ada}`, { headers }), 'WORKSPACE_NOT_FOUND', 'key');
    seen.push(headers);
    await (life === 0 ? control.stop() : control.kill());
  }
});

engineTest('an old secret and a new one open the same while one is being replaced', async (t) => {
  const fresh = 'another-secret-of-the-host-application';
  const setting = issuers['workspaces.issuers'];
  const control = await startTestControl(t, { 'workspaces.issuers': `${setting},app:${fresh}` });
  for (const signing of [{}, { secret: fresh }])
    assert.equal((await sendSigned(control.url, { path: '/v1/workspaces', ...signing })).status, 200);
});
