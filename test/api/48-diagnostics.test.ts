import assert from 'node:assert/strict';
import { startTestControl } from '../support/control.ts';
import { controlLives } from '../support/control-lives.ts';
import { engineTest } from '../support/engine.ts';
import { refused } from '../support/refused.ts';
import { withStore } from '../support/rows.ts';
import { makeSnapshot } from '../support/snapshots.ts';
import { until } from '../support/until.ts';
import { untimed } from '../support/untimed.ts';

engineTest('GET /sandboxes/{id}/diagnostics tells who looks for a fault what there is to be told', async (t) => {
  const lives = controlLives(t);
  const control = await lives.open();
  const { id } = await control.create({
    entrypoint: ['/bin/sh', '-c', 'echo one; echo two; echo three >&2; until [ -e /go ]; do sleep 0.02; done; exit 3'],
    env: { PASSWORD: 'a-value-that-nobody-shows', GREETING: 'hello-value' },
    metadata: { project: 'apollo' },
  });
  const ask = (what: string, of = id, prefix = '/v1') => control.fetch(`${prefix}/sandboxes/${of}/diagnostics/${what}`);
  const text = async (what: string, of?: string) => {
    const response = await ask(what, of);
    assert.equal(response.status, 200, what);
    assert.equal(response.headers.get('content-type'), 'text/plain; charset=utf-8', what);
    return await response.text();
  };
  const agent = await control.agent(id);
  const secrets = [
    agent.token,
    'a-value-that-nobody-shows',
    'hello-value',
    /ports\/([\w-]+)/.exec(await control.port(id, 80))![1]!,
  ];
  await until(async () => (await text('logs')).includes('three'), 'all of it was said');

  await t.test('logs: what the entrypoint said, each line with its time', async () => {
    const said = await text('logs');
    assert.deepEqual(untimed(said).split('\n').sort(), ['', 'one', 'three', 'two']);
    assert.equal((await ask('logs')).headers.get('deprecation'), 'true');
    assert.equal((await text('logs?tail=1')).split('\n').length, 2);
    assert.equal(await text('logs?since=10m'), said);
    assert.equal(await text('logs?since=1h30m&tail=10000'), said);
    assert.equal(await text('logs?since=2D'), said);
    assert.equal(await text(`logs?since=${encodeURIComponent('1999-01-01T00:00:00+02:00')}`), said);
    assert.equal(await text('logs?since=2999-01-01T00:00:00Z'), '(no logs)\n');
    for (const since of ['', 'yesterday', '10', '-1h', '1y', '1h;', '99999999999h', '2024-13-45T99:99:99Z']) {
      await refused(await ask(`logs?since=${encodeURIComponent(since)}`), 'INVALID_PARAMETER', 'since');
    }
    for (const tail of ['0', '-1', '10001', '1.5', 'all', '']) {
      await refused(await ask(`logs?tail=${tail}`), 'INVALID_PARAMETER', 'tail');
    }
  });

  await t.test('events: what happened, in the order in which it did', async () => {
    const later = new Date(Date.now() + 7_200_000).toISOString();
    assert.equal((await control.fetch(`/v1/sandboxes/${id}/pause`, { method: 'POST' })).status, 202);
    assert.equal((await control.fetch(`/v1/sandboxes/${id}/resume`, { method: 'POST' })).status, 202);
    assert.equal((await control.post(`/v1/sandboxes/${id}/renew-expiration`, { expiresAt: later })).status, 200);
    const response = await ask('events');
    assert.equal(response.headers.get('deprecation'), 'true');
    const lines = untimed(await response.text()).split('\n');
    assert.match(lines[1]!, /^runtime ImageFound The image cubby\/busybox:test \(sha256:\w+\) was there\.$/);
    assert.deepEqual(
      lines.filter((line) => line.startsWith('lifecycle')).map((line) => line.split(' ').slice(1, 3).join(' ')),
      [
        'Pending creating:',
        'Running container_running:',
        'Pausing user_pause:',
        'Paused container_paused:',
        'Resuming user_resume:',
        'Running container_running:',
        'Renewed It',
      ],
    );
    assert.equal(lines.at(-2), `lifecycle Renewed It ends at ${later}.`);
    assert.equal((await text('events?limit=2')).split('\n').length, 3);
    for (const limit of ['0', '501', 'x']) {
      await refused(await ask(`events?limit=${limit}`), 'INVALID_PARAMETER', 'limit');
    }
  });

  await t.test('inspect: state, limits and container, and no secret', async () => {
    const said = await text('inspect');
    for (const expected of [
      new RegExp(`ID: +${id}$`, 'm'),
      /State: +Running$/m,
      /Image: +cubby\/busybox:test$/m,
      /Memory: +128\.0 MiB$/m,
      /Memory used: +\d+\.\d MiB$/m,
      /CPU: +1 processors$/m,
      /Status: +running$/m,
      /project=apollo$/m,
      /Environment \(names only\):\n {2}GREETING\n {2}PASSWORD\n/,
      /\/\.cubby\/pack \(bind, read-only\)$/m,
    ]) {
      assert.match(said, expected);
    }
  });

  await t.test('summary: all of it as one page', async () => {
    const said = await text('summary?tail=1&event_limit=1');
    assert.match(said, /SANDBOX DIAGNOSTICS SUMMARY\nSandbox ID: .*INSPECT.*EVENTS.*LOGS \(last 1 lines\)/s);
    assert.match(said, /lifecycle Renewed/);
    assert.doesNotMatch(said, /lifecycle Pending/);
    await refused(await ask('summary?event_limit=0'), 'INVALID_PARAMETER', 'event_limit');
    await refused(await ask('summary?tail=0'), 'INVALID_PARAMETER', 'tail');
  });

  await t.test('with a scope: as JSON, as the newer API has it', async () => {
    const json = async (what: string) => {
      const response = await ask(what);
      assert.equal(response.status, 200);
      assert.match(response.headers.get('content-type')!, /^application\/json/);
      assert.equal(response.headers.get('deprecation'), null);
      return (await response.json()) as Record<string, unknown> & { content: string };
    };
    const contentType = 'text/plain; charset=utf-8';
    const { content: logs, ...aboutLogs } = await json('logs?scope=container');
    assert.deepEqual(aboutLogs, {
      sandboxId: id,
      kind: 'logs',
      scope: 'container',
      delivery: 'inline',
      contentType,
      truncated: false,
    });
    assert.equal(logs, await text('logs'));
    assert.equal((await json('logs?scope=ALL')).scope, 'all');
    const { content: events, ...aboutEvents } = await json('events?scope=lifecycle');
    assert.deepEqual(aboutEvents, { ...aboutLogs, kind: 'events', scope: 'lifecycle' });
    assert.match(untimed(events), /^lifecycle Pending/);
    assert.doesNotMatch(untimed(events), /^runtime/m);
    assert.match(untimed((await json('events?scope=runtime')).content), /^runtime ImageFound/);
    assert.equal((await json('events?scope=all')).content, await text('events'));
    for (const scope of ['', 'process', 'everything', 'x'.repeat(100)]) {
      for (const kind of ['logs', 'events']) {
        await refused(await ask(`${kind}?scope=${scope}`), 'DIAGNOSTICS_SCOPE_UNSUPPORTED', 'scope');
      }
    }
  });

  await t.test('a sandbox that there is not has none', async () => {
    for (const what of ['logs', 'events', 'inspect', 'summary', 'logs?scope=all', 'events?scope=all']) {
      await refused(await ask(what, 'nobody'), 'DOCKER::SANDBOX_NOT_FOUND', 'sandboxId');
    }
    assert.equal((await ask('inspect', id, '')).status, 200);
  });

  await t.test('an ended one is told of too, with its reason and last words, after a restart as well', async () => {
    await agent.run('touch /go').catch(() => {});
    await until(async () => (await control.get(id)).status.state === 'Failed', 'it has ended');
    await control.control.close();
    const next = await lives.open();
    const read = async (what: string) => await (await next.fetch(`/v1/sandboxes/${id}/diagnostics/${what}`)).text();
    assert.deepEqual(
      untimed(await read('logs'))
        .split('\n')
        .sort(),
      ['', 'one', 'three', 'two'],
    );
    assert.equal((await read('logs?tail=2')).split('\n').length, 3);
    assert.equal(await read('logs?since=2999-01-01T00:00:00Z'), '(no logs)\n');
    assert.equal(await read('logs?since=1h'), await read('logs'));
    const events = untimed(await read('events'));
    assert.match(
      events,
      /^lifecycle Stopping entrypoint_failed: .*\nlifecycle Failed entrypoint_failed: .*exit code 3\.\n$/m,
    );
    const inspected = await read('inspect');
    assert.match(inspected, /State: +Failed\n +Reason: +entrypoint_failed\n/);
    assert.match(inspected, /Container:\n +State: +none\n/);
    const all = inspected + (await read('summary?tail=10000&event_limit=500'));
    for (const secret of secrets) assert.ok(!all.includes(secret));
    assert.equal((await next.delete(id)).status, 204);
    assert.equal((await next.fetch(`/v1/sandboxes/${id}/diagnostics/events`)).status, 404);
    await next.control.close();
    withStore(lives.state, (store) => assert.deepEqual(store.events.of(id), []));
  });
});

engineTest('memory that runs out in a sandbox is among its events, though the sandbox goes on', async (t) => {
  const lives = controlLives(t);
  const control = await lives.open();
  const { id } = await control.create({ resourceLimits: { memory: '128Mi' } });
  const agent = await control.agent(id);
  const events = async () => await (await control.fetch(`/v1/sandboxes/${id}/diagnostics/events`)).text();
  await agent.background('for i in 1 2 3; do tail /dev/zero; done');
  const told = /runtime OutOfMemory The kernel ended .* out of memory\.( \(\d+ times\))?$/m;
  await until(async () => told.test(await events()), 'it is told of');
  assert.equal((await control.get(id)).status.state, 'Running');
});

engineTest('snapshots and changes of the network policy are among its events', async (t) => {
  const control = await startTestControl(t);
  const { id } = await control.create({ networkPolicy: { defaultAction: 'deny', egress: [] } });
  const snapshot = await makeSnapshot(control, id);
  const patch = { method: 'PATCH', headers: { 'content-type': 'application/json' } };
  const rules = JSON.stringify([{ action: 'allow', target: 'example.com' }]);
  assert.equal((await control.fetch(`/v1/sandboxes/${id}/networkpolicy`, { ...patch, body: rules })).status, 200);
  const read = async (what: string) => await (await control.fetch(`/v1/sandboxes/${id}/diagnostics/${what}`)).text();
  const events = untimed(await read('events'));
  assert.match(events, new RegExp(`^runtime SnapshotTaken It is snapshot ${snapshot.id}\\.$`, 'm'));
  assert.match(events, /^network PolicyChanged What it may reach: deny unless one of 1 rules says otherwise\.$/m);
  assert.match(await read('inspect'), /Network policy:\n {2}allow example\.com\n {2}deny whatever else\n/);
});
