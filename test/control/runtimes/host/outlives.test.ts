import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { HostRuntime } from '../../../../control/runtimes/host/host.ts';
import { startControlProcess } from '../../../support/control-process.ts';
import { hostSettings, processesNaming } from '../../../support/host-control.ts';
import { pack } from '../../../support/pack.ts';
import { until } from '../../../support/until.ts';

test('sandboxes of plain processes outlive the server, which finds them again as they are', {
  timeout: 200_000,
}, async (t) => {
  const state = mkdtempSync(join(tmpdir(), 'cubby-control-'));
  let control = await startControlProcess(state, hostSettings);
  t.after(async () => {
    await control.kill();
    const directory = join(state, 'host');
    const left = new HostRuntime({ store: 'any', directory, pack, logBytes: 1, policyOf: () => undefined });
    for (const one of await left.list()) await left.remove(one.id);
    rmSync(state, { recursive: true });
  });
  const request = { image: { uri: 'host' } };
  const { id } = await control.create(request);
  const ending = await control.create({
    ...request,
    entrypoint: ['sh', '-c', 'while [ ! -e go ]; do sleep 0.1; done; exit 7'],
  });
  const agent = await control.agent(id);
  const { stdout: pid } = await agent.run('sleep 100000 >/dev/null 2>&1 & echo $!');
  await control.kill();

  // Nobody is there who could be told.
  const place = join(state, 'host', ending.id);
  writeFileSync(join(place, 'home/go'), '');
  await until(() => existsSync(join(place, 'status')), 'it has ended', 60_000);

  control = await startControlProcess(state, hostSettings);
  assert.equal((await control.get(id)).status.state, 'Running');
  const again = await control.agent(id);
  assert.equal((await again.run(`kill -0 ${pid} && echo alive`)).stdout, 'alive');
  const told = async () => (await control.get(ending.id)).status;
  await until(async () => (await told()).state === 'Failed', 'its end is told', 60_000);
  assert.match((await told()).message, /exit code 7/);
  assert.equal((await control.delete(id)).status, 204);
  await control.stop();
  assert.deepEqual(processesNaming(join(state, 'host')), []);
});
