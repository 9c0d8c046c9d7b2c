import assert from 'node:assert/strict';
import type { PolicyStatus } from '../../shared/api/policies.ts';
import { nameServer } from '../control/network/name-server.ts';
import { serve } from '../control/network/zone.ts';
import { program } from '../control/runtimes/docker/lab.ts';
import { openOutside } from '../control/runtimes/docker/outside.ts';
import { controlLives } from '../support/control-lives.ts';
import type { ControlProcess } from '../support/control-process.ts';
import { engineTest } from '../support/engine.ts';
import { until } from '../support/until.ts';

engineTest('network policies hold while control is dead, and after it, pauses in between or not', async (t) => {
  const outside = await openOutside();
  const [open, shut] = [outside.public, outside.others[0]!];
  const server = await nameServer(
    serve({ 'good.example': { addresses: [open] }, 'bad.example': { addresses: [shut] } }),
  );
  t.after(async () => {
    await server.close();
    await outside.close();
  });
  const lives = controlLives(t);
  const settings = { 'network.dns': `127.0.0.1:${server.port}` };
  let control: ControlProcess = await lives.spawn(settings);
  const networkPolicy = { defaultAction: 'deny', egress: [{ action: 'allow', target: 'good.example' }] };
  const { id } = await control.create({ networkPolicy });
  const reach = async (host: string) =>
    (await (await control.agent(id)).run(`nc -w 15 ${host} ${outside.port} </dev/null`)).stdout;
  const policyNow = async () =>
    (await (await control.fetch(`/v1/sandboxes/${id}/proxy/18080/policy`)).json()) as PolicyStatus;
  const patch = (rules: object[]) =>
    control.fetch(`/v1/sandboxes/${id}/proxy/18080/policy`, {
      method: 'PATCH',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(rules),
    });
  assert.equal(await reach('good.example'), 'outside');

  await t.test('nothing opens by control’s end, and what was open stays so', async () => {
    const agent = await control.agent(id);
    // What it tries while nobody is there to answer for it.
    const tries = [open, shut].map((host) => `nc -w 15 ${host} ${outside.port} </dev/null`).join('; ');
    const command = `until [ -e /go ]; do sleep 0.05; done; (${tries}; echo; nslookup good.example) >/said 2>&1; touch /done`;
    await agent.background(command);
    await control.kill();
    await inContainer(lives.store, id, 'touch /go');
    await until(async () => (await inContainer(lives.store, id, 'ls /')).includes('done'), 'it has tried');
    const said = await inContainer(lives.store, id, 'cat /said');
    assert.match(said, /^outside.*refused/s);
    assert.doesNotMatch(said, new RegExp(`Address.*${open}`));
  });

  await t.test('the next control has the same policy in force, and changes it', async () => {
    control = await lives.spawn(settings);
    assert.deepEqual((await policyNow()).policy, networkPolicy);
    assert.equal(await reach('good.example'), 'outside');
    assert.equal(await reach('bad.example'), '');
    assert.equal(await reach(shut), '');
    assert.equal((await patch([{ action: 'allow', target: 'bad.example' }])).status, 200);
    assert.equal(await reach('bad.example'), 'outside');
  });

  await t.test('over a pause and another death', async () => {
    assert.equal((await control.post(`/v1/sandboxes/${id}/pause`, {})).status, 202);
    assert.equal((await patch([{ action: 'deny', target: 'good.example' }])).status, 200);
    await control.kill();
    control = await lives.spawn(settings);
    await until(async () => (await control.get(id)).status.state === 'Paused', 'it is paused');
    assert.equal((await control.post(`/v1/sandboxes/${id}/resume`, {})).status, 202);
    assert.equal(await reach('good.example'), '');
    assert.equal(await reach(open), '');
    assert.equal(await reach('bad.example'), 'outside');
    assert.equal((await policyNow()).policy.egress.length, 2);
  });
});

/** What a shell line says that is run by the engine, since control isn't there. */
async function inContainer(store: string, id: string, line: string): Promise<string> {
  const { output } = await program('docker', ['exec', `cubby-${store.slice(0, 8)}-${id}`, 'sh', '-c', line]);
  return output;
}
