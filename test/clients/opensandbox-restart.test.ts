import assert from 'node:assert/strict';
import { ConnectionConfig, Sandbox } from '@alibaba-group/opensandbox';
import { smallImage } from '../support/control.ts';
import type { ControlClient } from '../support/control-client.ts';
import { controlLives } from '../support/control-lives.ts';
import { engineTest } from '../support/engine.ts';
import { until } from '../support/until.ts';

engineTest('what a client of OpenSandbox’s has done is still so after control was killed', async (t) => {
  const lives = controlLives(t);
  const connection = ({ url, apiKey }: ControlClient) =>
    new ConnectionConfig({ domain: new URL(url).host, protocol: 'http', apiKey });
  const first = await lives.spawn();
  const sandbox = await Sandbox.create({
    connectionConfig: connection(first),
    image: smallImage,
    timeoutSeconds: 300,
    resource: { cpu: '1', memory: '128Mi' },
  });
  const { expiresAt } = await sandbox.renew(3600);
  await sandbox.patchMetadata({ tier: '1' });
  const command = await sandbox.commands.run('echo before; exec sleep 1000', { background: true });
  await sandbox.close();
  await first.kill();

  const connectionConfig = connection(await lives.spawn());
  const again = await Sandbox.connect({ connectionConfig, sandboxId: sandbox.id });
  const info = await again.getInfo();
  assert.deepEqual([info.expiresAt, info.metadata], [expiresAt, { tier: '1' }]);
  assert.equal((await again.commands.getCommandStatus(command.id!)).running, true);
  const said = async () => (await again.commands.getBackgroundCommandLogs(command.id!)).content;
  await until(async () => (await said()) !== '', 'it has begun');
  assert.equal(await said(), 'before\n');
  await again.kill();
  await again.close();
});
