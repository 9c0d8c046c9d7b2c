import assert from 'node:assert/strict';
import { request } from 'node:http';
import type { z } from 'zod';
import type { SandboxList } from '../../shared/api/sandboxes.ts';
import { containersOf, volumesOf } from '../support/containers.ts';
import { startTestControl } from '../support/control.ts';
import { createRequest, smallImage } from '../support/control-client.ts';
import { controlLives } from '../support/control-lives.ts';
import { engineTest } from '../support/engine.ts';
import { refused } from '../support/refused.ts';
import { endedRow, withStore } from '../support/rows.ts';
import { stallingEngine } from '../support/stalling-engine.ts';
import { until } from '../support/until.ts';

type List = z.infer<typeof SandboxList>;

engineTest('10,000 known sandboxes are listed, page by page, each exactly once', async (t) => {
  const lives = controlLives(t);
  const now = Date.now();
  const rows = Array.from({ length: 10_000 }, (_, i) =>
    endedRow({ createdAt: now - Math.floor(i / 3), metadata: { even: String(i % 2 === 0), group: `g${i % 100}` } }),
  );
  withStore(lives.state, (store) => {
    for (const row of rows) store.insert(row);
  });
  const control = await lives.open();
  const seen = new Set<string>();
  let longest = 0;
  for (let page = 1; ; page += 1) {
    const started = performance.now();
    const response = await control.fetch(`/v1/sandboxes?page=${page}&pageSize=200`);
    const { items, pagination } = (await response.json()) as List;
    longest = Math.max(longest, performance.now() - started);
    assert.deepEqual([pagination.totalItems, pagination.totalPages], [10_000, 50]);
    for (const { id } of items) seen.add(id);
    if (!pagination.hasNextPage) break;
  }
  assert.deepEqual(seen, new Set(rows.map(({ id }) => id)));
  const started = performance.now();
  const filtered = await control.fetch('/v1/sandboxes?metadata=even%3Dtrue%26group%3Dg42&pageSize=200');
  assert.equal(((await filtered.json()) as List).pagination.totalItems, 100);
  t.diagnostic(
    `slowest page of 200: ${longest.toFixed(0)} ms; by metadata: ${(performance.now() - started).toFixed(0)} ms`,
  );

  // And control does its work beside them.
  const { id } = await control.create();
  assert.equal((await (await control.agent(id)).run('echo works')).stdout, 'works');
  withoutRows(rows.length, (await control.fetch('/metrics').then((response) => response.text())) as string);
  await control.delete(id);
});

function withoutRows(ended: number, metrics: string): void {
  assert.match(metrics, new RegExp(`^cubby_sandboxes\\{state="Terminated"\\} ${ended}$`, 'm'));
}

engineTest('20 creates at once make 20 sandboxes, no more than are allowed, and no two alike', async (t) => {
  const control = await startTestControl(t, { 'sandbox.max_sandboxes': '20' });
  const responses = await Promise.all(Array.from({ length: 23 }, () => control.post('/v1/sandboxes', createRequest())));
  const made = responses.filter(({ status }) => status === 202);
  assert.equal(made.length, 20);
  for (const response of responses.filter(({ status }) => status !== 202)) {
    const { message } = await refused(response, 'CAPACITY_EXCEEDED');
    assert.match(message, /20/);
  }
  const ids = (await Promise.all(made.map((response) => response.json() as Promise<{ id: string }>))).map(
    ({ id }) => id,
  );
  assert.deepEqual(await containersOf(control.store), ids.toSorted());
  const tokens = await Promise.all(
    ids.map(async (id, i) => {
      const agent = await control.agent(id);
      assert.equal((await agent.run(`echo ${i}`)).stdout, String(i));
      return agent.token;
    }),
  );
  assert.equal(new Set(tokens).size, 20);
  // Room that is given back can be had again.
  await Promise.all(ids.map((id) => control.delete(id)));
  await control.create();
});

engineTest('a caller that goes away in the middle of a create leaves no sandbox that nobody knows of', async (t) => {
  const engine = await stallingEngine(t);
  const control = await controlLives(t).open({ 'docker.socket': engine.socket });
  for (const [moment, next] of [
    ['at once', undefined],
    ['when there is a row', /^POST \/containers\/create/],
    ['when there is a container', /^POST \/containers\/\w+\/start/],
  ] as const) {
    await t.test(moment, async () => {
      const sent = request(`${control.url}/v1/sandboxes`, {
        method: 'POST',
        headers: { 'open-sandbox-api-key': control.apiKey, 'content-type': 'application/json' },
      });
      sent.on('error', () => {});
      if (next) engine.hold(next);
      sent.end(JSON.stringify(createRequest({ image: { uri: smallImage } })));
      const listed = async () => ((await (await control.fetch('/v1/sandboxes')).json()) as List).items.length;
      if (next) await until(() => engine.held > 0, 'it has come so far');
      if (moment === 'when there is a row') assert.equal(await listed(), 1);
      if (moment === 'when there is a container') assert.equal((await containersOf(control.store)).length, 1);
      sent.destroy();
      engine.release();
      const left = async () => [
        await listed(),
        (await containersOf(control.store)).length,
        await volumesOf(control.store),
      ];
      // Asked twice: the first of the three moments may be over before anything began.
      await until(
        async () => (await left()).join() === '0,0,0' && (await left()).join() === '0,0,0',
        'nothing is left',
      );
    });
  }
});
