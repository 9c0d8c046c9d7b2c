import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { startTestControl, type TestControl } from '../support/control.ts';
import { createRequest } from '../support/control-client.ts';
import { controlLives } from '../support/control-lives.ts';
import { engineTest } from '../support/engine.ts';
import { refused } from '../support/refused.ts';
import { until } from '../support/until.ts';
import { untimed } from '../support/untimed.ts';

const renewing = (seconds: number, timeout: number | null = 120) => ({
  timeout,
  extensions: { 'access.renew.extend.seconds': String(seconds) },
});
const endOf = async (control: TestControl, id: string) => Date.parse((await control.get(id)).expiresAt ?? '');
const eventsOf = async (control: TestControl, id: string) =>
  untimed(await (await control.fetch(`/v1/sandboxes/${id}/diagnostics/events`)).text());

engineTest('a sandbox that was created so lives for as long as it is used', async (t) => {
  const control = await startTestControl(t, { 'renew_intent.min_interval_seconds': '1' });
  const { id, expiresAt } = await control.create(renewing(300));
  const agent = await control.agent(id);

  await t.test('what is asked of control is no use of it, nor is a knock by somebody who may not enter', async () => {
    await control.fetch(`/v1/sandboxes/${id}/diagnostics/logs`);
    await refused(await fetch(`http://${agent.endpoint}/ping`), 'INVALID_ACCESS_TOKEN', 'x-execd-access-token');
    await refused(
      await fetch(`${control.url}/sandboxes/${id}/ports/${'x'.repeat(32)}/proxy/80`),
      'INVALID_ACCESS_TOKEN',
      'path',
    );
    assert.equal(await endOf(control, id), Date.parse(expiresAt!));
  });

  await t.test('a request puts the end off to so many seconds from then, and many at once cost little', async () => {
    const [before, started] = [Date.now(), performance.now()];
    await agent.fetch('/ping');
    const end = await endOf(control, id);
    assert.ok(end >= before + 300_000 && end <= Date.now() + 300_000);
    await Promise.all(Array.from({ length: 50 }, () => agent.fetch('/ping')));
    const took = performance.now() - started;
    const [, times = '1'] = /RenewedByUse .*?(?: \((\d+) times\))?$/m.exec(await eventsOf(control, id))!;
    assert.ok(Number(times) <= 2 + took / 1000, `${times} writes in ${took} ms`);
    await until(async () => {
      await agent.fetch('/ping');
      return (await endOf(control, id)) >= end + 1000;
    }, 'the end is put off once more');
  });

  await t.test('so does one that wakes it', async () => {
    const { id } = await control.create({ ...renewing(300), idle: { freezeAfterSeconds: 1 } });
    const agent = await control.agent(id);
    await until(async () => (await control.get(id)).status.reason === 'idle_frozen', 'it is frozen', 60_000);
    const before = Date.now();
    assert.equal((await agent.fetch('/ping')).status, 200);
    assert.ok((await endOf(control, id)) >= before + 300_000);
    assert.equal((await control.delete(id)).status, 204);
  });

  await t.test('a stream puts it off for as long as something comes', async () => {
    const response = await agent.post('/command', { command: 'while :; do echo x; sleep 0.1; done' });
    const reading = response.body!.pipeTo(new WritableStream()).catch(() => {});
    const [begin, last] = [Date.now(), await endOf(control, id)];
    await until(async () => (await endOf(control, id)) >= last + 3000, 'the end was put off by seconds');
    assert.ok((await endOf(control, id)) - 300_000 >= begin);
    assert.equal((await control.fetch(`/v1/sandboxes/${id}/pause`, { method: 'POST' })).status, 202);
    // Nothing moves in a frozen one, and nothing puts its end off.
    const frozen = await endOf(control, id);
    await delay(2500);
    assert.equal(await endOf(control, id), frozen);
    assert.equal((await control.delete(id)).status, 204);
    await reading;
  });
});

engineTest(
  'an end is never put earlier by use, nor beyond the administrator’s limit, nor where nobody asked',
  async (t) => {
    const control = await startTestControl(t, {
      'server.max_sandbox_timeout_seconds': '3600',
      'renew_intent.min_interval_seconds': '1',
    });
    const use = async (id: string) => {
      const before = await endOf(control, id);
      assert.equal((await (await control.agent(id)).fetch('/ping')).status, 200);
      return [before, await endOf(control, id)] as const;
    };
    const [long, limited, usual] = await Promise.all([
      control.create(renewing(300, 3600)),
      control.create(renewing(86_400, 120)),
      control.create({ timeout: 120 }),
    ]);
    for (const { id } of [long, usual]) {
      const [before, after] = await use(id);
      assert.equal(after, before);
    }
    const [, after] = await use(limited.id);
    assert.ok(after > Date.now() + 3_000_000 && after <= Date.now() + 3_600_000);
  },
);

engineTest('use counts over a restart, not for one without an end, and not where it is switched off', async (t) => {
  const lives = controlLives(t);
  const first = await lives.open();
  const [{ id }, endless] = await Promise.all([first.create(renewing(300)), first.create(renewing(300, null))]);
  await (await first.agent(endless.id)).fetch('/ping');
  assert.equal((await first.get(endless.id)).expiresAt, undefined);
  await first.control.close();

  const off = await lives.open({ 'renew_intent.enabled': 'false' });
  const before = await endOf(off, id);
  await (await off.agent(id)).fetch('/ping');
  assert.equal(await endOf(off, id), before);
  await off.control.close();

  const second = await lives.open();
  await (await second.agent(id)).fetch('/ping');
  const after = await endOf(second, id);
  assert.ok(after > before + 100_000);
  await second.control.close();
  const third = await lives.open();
  assert.equal(await endOf(third, id), after);
});

engineTest('how much each use is worth is five minutes to a day, in whole seconds', async (t) => {
  const control = await startTestControl(t);
  for (const text of ['299', '86401', '', ' ', '-300', '300.5', '1e3', '0x200', 'an hour', '९००', '9'.repeat(50)]) {
    const extensions = { 'access.renew.extend.seconds': text };
    const response = await control.post('/v1/sandboxes', createRequest({ extensions }));
    await refused(response, 'SANDBOX::INVALID_PARAMETER', 'extensions.access.renew.extend.seconds');
  }
  const response = await control.post(
    '/v1/sandboxes',
    createRequest({ extensions: { 'access.renew.extend.seconds': 300 } }),
  );
  await refused(response, 'INVALID_REQUEST_BODY', 'extensions.access.renew.extend.seconds');
  for (const text of ['300', ' 86400 ']) {
    await control.create({ extensions: { 'access.renew.extend.seconds': text } });
  }
});
