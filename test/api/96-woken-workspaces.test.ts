import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { pidOf } from '../support/containers.ts';
import { startTestControl } from '../support/control.ts';
import { engineTest } from '../support/engine.ts';
import { refused } from '../support/refused.ts';
import { ada, agent, eventsOf, key, startServer } from '../support/served-workspace.ts';
import { issuers, sendSigned } from '../support/signing.ts';
import { until } from '../support/until.ts';
import { ensure, workspace } from '../support/workspaces.ts';

engineTest('a paused workspace is woken by whoever touches it, once however many do', async (t) => {
  const control = await startTestControl(t, issuers);
  const id = await startServer(control);
  const pause = async () => {
    assert.equal((await control.fetch(`${ada}/pause`, { method: 'POST' })).status, 202);
    assert.equal((await workspace(control, key)).sandbox?.status.state, 'Paused');
  };

  await t.test('by 50 at once, of every kind', async () => {
    await pause();
    const link = new URL(await control.port(id, 8000)).pathname.replace(`/sandboxes/${id}`, '');
    const path = `${ada}/proxy/8000/seen`;
    const touches = Array.from({ length: 50 }, (_, n) => {
      if (n % 5 === 0) return sendSigned(control.url, { path });
      if (n % 5 === 1) return fetch(`${control.url}${ada}${link}/seen`);
      if (n % 5 === 2) return control.fetch(`${agent}/ping`);
      if (n % 5 === 3) return control.fetch(ada, { method: 'PUT' });
      return control.fetch(path);
    });
    for (const response of await Promise.all(touches)) assert.equal(response.status, 200, await response.text());
    assert.equal(await eventsOf(control, id, 'Resuming'), 1);
  });

  await t.test('by a WebSocket', async () => {
    await pause();
    const headers = { 'open-sandbox-api-key': control.apiKey };
    const socket = new WebSocket(`${control.url.replace('http', 'ws')}${ada}/proxy/8000/ws`, { headers });
    await once(socket, 'open');
    socket.close();
    await once(socket, 'close');
    assert.equal(await eventsOf(control, id, 'Resuming'), 2);
  });

  await t.test('by a body, which waits for it', async () => {
    await pause();
    const body = randomBytes(1024 * 1024);
    const signing = { method: 'POST', path: `${ada}/proxy/8000/count`, body };
    const answer = (await (await sendSigned(control.url, signing)).json()) as { bytes: number };
    assert.equal(answer.bytes, body.length);
  });

  await t.test('not by who only looks at it, and not by a stranger', async () => {
    await pause();
    const { token } = await control.agent(id);
    for (const below of ['', '/endpoints/80', '/diagnostics/events', '/networkpolicy'])
      assert.notEqual((await control.fetch(ada + below)).status, 404);
    for (const way of [`${agent}/ping`, `${ada}/ports/${token}/proxy/8000/`])
      assert.equal((await fetch(control.url + way)).status, 401);
    assert.equal((await workspace(control, key)).sandbox?.status.state, 'Paused');
    assert.equal((await control.fetch(`${ada}/resume`, { method: 'POST' })).status, 202);
  });

  await t.test('one that has ended is not: PUT gives it another', async () => {
    process.kill(await pidOf(control.store, id, /^python3 -u -c/), 'SIGKILL');
    await until(async () => (await workspace(control, key)).sandbox?.status.state === 'Failed', 'it has ended');
    await refused(await control.fetch(`${agent}/ping`), 'WORKSPACE_HAS_NO_SANDBOX', 'key');
    assert.equal((await control.fetch(`${ada}/diagnostics/events`)).status, 200);
    const next = await ensure(control, key);
    assert.equal(next.previous?.id, id);
    assert.equal((await control.fetch(`${agent}/ping`)).status, 200);
    assert.equal((await control.delete(next.sandbox.id)).status, 204);
    await refused(await control.fetch(`${ada}/endpoints/80`), 'WORKSPACE_HAS_NO_SANDBOX', 'key');
  });
});
