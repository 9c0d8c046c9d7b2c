import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import type { Sandbox } from '../../shared/api/sandboxes.ts';
import { collect, type NumberedEvent, streamEvents } from '../support/agent.ts';
import { containerOf, containersOf } from '../support/containers.ts';
import { startTestControl } from '../support/control.ts';
import { engineTest } from '../support/engine.ts';
import { rawRequest } from '../support/raw.ts';
import { refused } from '../support/refused.ts';
import { until } from '../support/until.ts';

/** Says twenty lines in a second. */
const counting = 'i=0; while [ $i -lt 20 ]; do echo $i; i=$((i+1)); sleep 0.05; done';
const numbers = Array.from({ length: 20 }, (_, i) => i).join('\n');

engineTest('POST /sandboxes/{id}/pause freezes a sandbox where it stands, /resume lets it go on', async (t) => {
  const control = await startTestControl(t);
  const { id } = await control.create({ entrypoint: ['/bin/sh', '-c', 'cd /bin && exec httpd -f -p 8000'] });
  const agent = await control.agent(id);
  const pause = () => control.fetch(`/v1/sandboxes/${id}/pause`, { method: 'POST' });
  const resume = () => control.fetch(`/v1/sandboxes/${id}/resume`, { method: 'POST' });
  const served = `${await control.port(id, 8000)}/busybox`;
  await until(async () => (await fetch(served, { method: 'HEAD' })).status === 200, 'the program listens');

  await t.test('both are answered with 202 and nothing, when it is so', async () => {
    for (const [call, state, reason] of [
      [pause, 'Paused', 'container_paused'],
      [resume, 'Running', 'container_running'],
    ] as const) {
      const { status: before } = await control.get(id);
      const response = await call();
      assert.deepEqual([response.status, await response.text()], [202, '']);
      assert.equal(response.headers.get('content-length'), '0');
      const { status } = await control.get(id);
      assert.deepEqual([status.state, status.reason], [state, reason]);
      assert.ok(status.lastTransitionAt > before.lastTransitionAt);
    }
    assert.equal((await agent.run('echo back')).stdout, 'back', 'the agent answers when the resume was answered');
  });

  await t.test('a body that nobody asked for is left aside', async () => {
    const send = async (what: string, type: string, body: string) =>
      (await control.fetch(`/sandboxes/${id}/${what}`, { method: 'POST', headers: { 'content-type': type }, body }))
        .status;
    assert.deepEqual(
      [await send('pause', 'application/json', ''), await send('resume', 'text/plain', 'x')],
      [202, 202],
    );
    assert.deepEqual([await send('pause', 'a/b', '{'), await send('resume', 'application/json', '{}')], [202, 202]);
  });

  await t.test('only a running one can be paused, only a paused one resumed', async () => {
    const { message } = await refused(await resume(), 'DOCKER::SANDBOX_NOT_PAUSED');
    assert.match(message, /is not paused but Running/);
    assert.equal((await pause()).status, 202);
    const again = await refused(await pause(), 'DOCKER::SANDBOX_NOT_RUNNING');
    assert.match(again.message, /is not running but Paused/);
    assert.equal((await resume()).status, 202);
    for (const what of ['pause', 'resume']) {
      const nobody = await control.fetch(`/v1/sandboxes/nobody/${what}`, { method: 'POST' });
      await refused(nobody, 'DOCKER::SANDBOX_NOT_FOUND', 'sandboxId');
    }
  });

  await t.test('two of the same at once are one', async () => {
    const statuses = async (calls: Promise<Response>[]) => (await Promise.all(calls)).map(({ status }) => status);
    // Whoever comes when it is done is told that it is.
    const areOne = (found: number[]) => found.includes(202) && found.every((status) => [202, 409].includes(status));
    for (const ask of [pause, resume]) {
      const found = await statuses([ask(), ask(), ask()]);
      assert.ok(areOne(found), `${found}`);
    }
    assert.equal((await agent.run('echo back')).stdout, 'back');
  });

  await t.test('who asks for a paused one is told so at once, by whatever way', async () => {
    const port = await control.port(id, 8000);
    assert.equal((await fetch(`${port}/busybox`, { method: 'HEAD' })).status, 200);
    assert.equal((await pause()).status, 202);
    for (const response of [
      await agent.fetch('/ping'),
      await agent.post('/command', { command: 'true' }),
      await agent.fetch('/metrics'),
      await fetch(`${port}/busybox`),
    ]) {
      const { message } = await refused(response, 'DOCKER::SANDBOX_NOT_RUNNING');
      assert.match(message, /is Paused/);
    }
    const headers = { connection: 'upgrade', upgrade: 'websocket' };
    const upgrade = await rawRequest(control.url, port.slice(control.url.length), { headers });
    assert.equal(upgrade.status, 409);
    assert.match(upgrade.text, /DOCKER::SANDBOX_NOT_RUNNING.*is Paused/);
    // What control itself knows is still told.
    assert.equal((await control.fetch(`/v1/sandboxes/${id}/diagnostics/logs`)).status, 200);
    assert.equal((await control.agent(id)).token, agent.token);
    assert.equal(await control.port(id, 8000), port);
    assert.equal((await resume()).status, 202);
    assert.equal((await fetch(`${port}/busybox`, { method: 'HEAD' })).status, 200);
  });

  await t.test('its metrics are told while it is paused, and don’t wake it', async () => {
    assert.equal((await pause()).status, 202);
    const processorTime = async () => {
      const text = await (await control.fetch('/metrics')).text();
      assert.match(text, /^cubby_sandboxes\{state="Paused"\} 1$/m);
      return new RegExp(`^cubby_sandbox_cpu_seconds_total\\{sandbox="${id}"\\} (\\S+)`, 'm').exec(text)?.[1];
    };
    const before = await processorTime();
    assert.ok(Number(before) > 0);
    assert.equal(await processorTime(), before);
    assert.equal((await containerOf(control.store, id).inspect()).State.Paused, true);
    assert.equal((await resume()).status, 202);
  });

  await t.test('it is found by its state, and its end can be put off', async () => {
    assert.equal((await pause()).status, 202);
    const listed = (await (await control.fetch('/v1/sandboxes?state=Paused')).json()) as { items: Sandbox[] };
    assert.deepEqual(
      listed.items.map((one) => one.id),
      [id],
    );
    const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
    assert.equal((await control.post(`/v1/sandboxes/${id}/renew-expiration`, { expiresAt })).status, 200);
    assert.equal((await resume()).status, 202);
  });

  await t.test('a stream that is open goes on, with nothing lost and the exit code kept', async () => {
    // The time limit would be over by far, did it count while nobody in there can do anything.
    const response = await agent.post('/command', { command: `${counting}; exit 7`, timeout: 8000 });
    const events: NumberedEvent[] = [];
    for await (const event of streamEvents(response)) {
      events.push(event);
      if (event.text !== '5') continue;
      assert.equal((await pause()).status, 202);
      await delay(8500);
      assert.equal((await resume()).status, 202);
    }
    const { stdout, exitCode } = collect(events);
    assert.deepEqual([stdout, exitCode], [numbers, 7]);
  });

  await t.test('an answer of a program of the user’s goes on too', async () => {
    await agent.background(`(printf 'HTTP/1.1 200 OK\\r\\n\\r\\n'; ${counting}) | nc -l -p 9000`);
    const port = await control.port(id, 9000);
    let response = await fetch(port);
    while (response.status === 502) response = await fetch(port);
    let text = '';
    for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      if (!/^3$/m.test(text) || /^4$/m.test(text)) continue;
      assert.equal((await pause()).status, 202);
      assert.equal((await resume()).status, 202);
    }
    assert.equal(text, `${numbers}\n`);
  });

  await t.test('it is deleted as any other', async () => {
    assert.equal((await pause()).status, 202);
    assert.equal((await control.delete(id)).status, 204);
    await refused(await pause(), 'DOCKER::SANDBOX_NOT_FOUND', 'sandboxId');
    assert.deepEqual(await containersOf(control.store), []);
  });
});
