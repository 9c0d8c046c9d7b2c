import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import type { z } from 'zod';
import type { Sandbox, SandboxList } from '../../shared/api/sandboxes.ts';
import { agentPid, containersOf } from '../support/containers.ts';
import { createRequest } from '../support/control-client.ts';
import { controlLives } from '../support/control-lives.ts';
import { engineTest } from '../support/engine.ts';
import { poolNumbers, untilReady } from '../support/pools.ts';
import { refused } from '../support/refused.ts';
import { stallingEngine } from '../support/stalling-engine.ts';
import { deleteTemplate, putTemplate } from '../support/templates.ts';
import { until } from '../support/until.ts';

engineTest('who deletes a sandbox while it is claimed has none, and not another in its place', async (t) => {
  const engine = await stallingEngine(t);
  const lives = controlLives(t);
  const settings = { 'network.enabled': 'false', 'docker.socket': engine.socket, 'docker.api_timeout_seconds': '280' };
  const control = await lives.open(settings);
  await putTemplate(control, 'small', { pool: { min: 1, max: 1 } });
  await untilReady(control, 'small', 1);
  const [member] = await containersOf(lives.store);
  // More memory is given in the middle of a claim.
  engine.hold(/^POST \/containers\/\S+\/update/);
  const creating = control.post('/v1/sandboxes', createRequest({ resourceLimits: { memory: '256Mi', cpu: '1' } }));
  await until(async () => (await stateOf(member!)) === 'Pending', 'it is being claimed');
  const deleting = control.delete(member!);
  await until(async () => (await stateOf(member!)) === 'Stopping', 'it is being deleted');
  engine.release();
  assert.equal((await deleting).status, 204);
  await refused(await creating, 'DOCKER::SANDBOX_START_FAILED');
  const { items } = (await (await control.fetch('/v1/sandboxes')).json()) as z.infer<typeof SandboxList>;
  assert.deepEqual(items, []);
  await deleteTemplate(control, 'small');
  await until(async () => (await containersOf(lives.store)).length === 0, 'only what stood by was left');

  async function stateOf(id: string): Promise<string> {
    const response = await control.fetch(`/v1/sandboxes/${id}`);
    return response.status === 200 ? ((await response.json()) as Sandbox).status.state : 'none';
  }
});

engineTest('one that is slow to answer its claim is waited for, as it may have begun', async (t) => {
  const lives = controlLives(t);
  const control = await lives.open({ 'network.enabled': 'false' });
  await putTemplate(control, 'small', { pool: { min: 1, max: 1 } });
  await untilReady(control, 'small', 1);
  const [member] = await containersOf(lives.store);
  const agent = await agentPid(lives.store, member!);
  process.kill(agent, 'SIGSTOP');
  const creating = control.create({ entrypoint: ['/bin/sh', '-c', 'echo begun >> /begun; exec sleep 100000'] });
  // More than it is waited for without asking whether it is there.
  await delay(5000);
  process.kill(agent, 'SIGCONT');
  const { id } = await creating;
  assert.equal(id, member);
  const said = async () => (await (await control.agent(id)).run('cat /begun')).stdout;
  await until(async () => (await said()) === 'begun', 'its entrypoint has begun, once');
  assert.equal((await poolNumbers(control, 'small')).deaths, 0);
});
