import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Sandbox } from '../../shared/api/sandboxes.ts';
import { succeed } from '../control/runtimes/docker/lab.ts';
import { openControl, smallImage, type TestControl } from '../support/control.ts';
import { createRequest } from '../support/control-client.ts';
import { engineTest } from '../support/engine.ts';
import { type OwnEngine, withOwnEngine } from '../support/own-engine.ts';
import { poolNumbers, untilReady } from '../support/pools.ts';
import { beginSnapshot, deleteSnapshot, restore, settledSnapshot } from '../support/snapshots.ts';
import { deleteTemplate, putTemplate } from '../support/templates.ts';
import { until } from '../support/until.ts';
import { ensure, workspace } from '../support/workspaces.ts';

const key = 'app:ada';
/** Writes down each of its starts; `to` is what it makes of SIGTERM. */
const program = (to: string) => [
  '/bin/sh',
  '-c',
  `trap '${to}' TERM; echo start >> /starts; while :; do sleep 0.1; done`,
];

engineTest('what a restart of the engine finds is there again with its files, whatever tier it was in', async (t) => {
  await withOwnEngine(async (engine) => {
    await engine.load(smallImage);
    const state = mkdtempSync(join(tmpdir(), 'cubby-control-'));
    // The machine's engine doesn't know which addresses this one gives away.
    const settings = { 'docker.socket': engine.socket, 'docker.network_subnet': '10.213.0.0/24' };
    const control = await openControl(state, settings);
    try {
      for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
        t.diagnostic(`${signal}: ${await rides(engine, control, signal)}`);
      }
    } finally {
      await engine.start();
      await control.control.removeAll().finally(() => control.control.close());
      rmSync(state, { recursive: true });
    }
  });
});

/** Has a sandbox in each tier, ends the engine and starts it again, and looks at each. Tells what has become of what was under way. */
async function rides(engine: OwnEngine, control: TestControl, signal: 'SIGTERM' | 'SIGKILL'): Promise<string> {
  const { sandbox: graceful } = await ensure(control, key, { entrypoint: program('exit 0') });
  const [stubborn, frozen, paused, stopped, source] = await Promise.all([
    control.create({ entrypoint: program('') }),
    control.create({ entrypoint: program('exit 0'), idle: { freezeAfterSeconds: 1 } }),
    control.create(),
    control.create({ idle: { stopAfterSeconds: 1 } }),
    control.create(),
  ]);
  const made = [graceful, stubborn, frozen, paused, stopped, source];
  for (const { id } of made) {
    assert.equal((await (await control.agent(id)).run(`echo ${id} > /kept`)).exitCode, 0);
  }
  assert.equal((await control.fetch(`/v1/sandboxes/${paused.id}/pause`, { method: 'POST' })).status, 202);
  for (const [{ id }, tier] of [
    [frozen, 'frozen'],
    [stopped, 'stopped'],
  ] as const) {
    await until(async () => (await control.get(id)).tier === tier, `it is ${tier}`);
  }
  await putTemplate(control, 'small', { pool: { min: 1, max: 1 } });
  await untilReady(control, 'small', 1);
  const { deaths } = await poolNumbers(control, 'small');
  const known = await onEngine(engine);
  const members = known.filter((id) => !made.some((one) => one.id === id));
  assert.equal(members.length, 1);
  const { id: snapshot } = await beginSnapshot(control, source.id);
  // With less memory than one that stands by can be left.
  const creating = control.post('/v1/sandboxes', createRequest({ resourceLimits: { memory: '100Mi' } }));
  // From then on there is something that has to be removed, or kept.
  await until(async () => (await onEngine(engine)).some((id) => !known.includes(id)), 'one is being made');

  await engine.end(signal);
  const answer = await creating;
  await engine.start();

  for (const { id } of [graceful, stubborn, source]) {
    await until(async () => reasonOf(await control.get(id)) === 'Paused container_stopped stopped', 'it is stopped');
  }
  assert.equal((await workspace(control, key)).sandbox?.id, graceful.id);
  for (const { id } of [frozen, stopped]) {
    await until(async () => reasonOf(await control.get(id)) === 'Paused idle_stopped stopped', 'it is stopped');
  }
  await until(
    async () => reasonOf(await control.get(paused.id)) === 'Paused container_paused stopped',
    'it is stopped',
  );
  assert.equal((await control.fetch(`/v1/sandboxes/${paused.id}/resume`, { method: 'POST' })).status, 202);
  for (const { id } of made) {
    assert.equal((await (await control.agent(id)).run('cat /kept')).stdout, id, 'its files are there');
    assert.equal(reasonOf(await control.get(id)), 'Running container_running running');
    await isShut(engine, id);
  }
  await startedTwice(control, [graceful, stubborn]);

  await until(
    async () => (await poolNumbers(control, 'small')).deaths === deaths + 1,
    'the member is known to be dead',
  );
  await untilReady(control, 'small', 1);
  assert.ok(!(await onEngine(engine)).includes(members[0]!), 'it is gone');
  const claimed = await control.create({ template: 'small', ...untemplated });
  assert.equal((await (await control.agent(claimed.id)).run('ls /kept')).exitCode, 1, 'it is new');
  await deleteTemplate(control, 'small');

  const begun = answer.status === 202 ? [((await answer.json()) as Sandbox).id] : [];
  if (begun.length === 0) assert.ok(answer.status >= 500, `the create was answered with ${answer.status}`);
  for (const id of begun) assert.equal((await (await control.agent(id)).run('echo here')).stdout, 'here');

  const { status } = await settledSnapshot(control, snapshot);
  if (status.state === 'Ready') {
    const copy = await restore(control, snapshot);
    assert.equal((await (await control.agent(copy.id)).run('cat /kept')).stdout, source.id);
    assert.equal((await control.delete(copy.id)).status, 204);
  }
  assert.equal((await deleteSnapshot(control, snapshot)).status, 204);

  const all = [...made.map(({ id }) => id), claimed.id, ...begun];
  await until(async () => (await onEngine(engine)).join() === all.sort().join(), 'nothing else is left');
  for (const id of all) assert.equal((await control.delete(id)).status, 204);
  assert.deepEqual(await onEngine(engine), []);
  return `the create was answered with ${answer.status}, the snapshot is ${status.state} ${status.reason}`;
}

const untemplated = { image: undefined, entrypoint: undefined, resourceLimits: undefined };

/** What is told of one: state, reason and tier. */
function reasonOf({ status, tier }: Sandbox): string {
  return `${status.state} ${status.reason} ${tier}`;
}

/** Ids of all that the engine has, in order. */
async function onEngine({ docker }: OwnEngine): Promise<string[]> {
  const containers = await docker.listContainers({ all: true });
  return containers.flatMap(({ Labels }) => Labels['cubby.sandbox'] ?? []).sort();
}

/** Its network has its rules, which went with the engine. */
async function isShut({ docker }: OwnEngine, id: string): Promise<void> {
  const [container] = await docker.listContainers({ filters: { label: [`cubby.sandbox=${id}`] } });
  const { State } = await docker.getContainer(container!.Id).inspect();
  const { output } = await succeed('nsenter', ['--net', '-t', String(State.Pid), 'nft', 'list', 'tables']);
  assert.match(output, /^table inet cubby$/m);
}

/** The entrypoint has begun anew, once. */
async function startedTwice(control: TestControl, sandboxes: Sandbox[]): Promise<void> {
  for (const { id } of sandboxes) {
    const agent = await control.agent(id);
    let starts = '';
    await until(async () => {
      starts = (await agent.run('cat /starts')).stdout;
      return starts.split('\n').length >= 2;
    }, 'its entrypoint has begun anew');
    assert.equal(starts, 'start\nstart');
  }
}
