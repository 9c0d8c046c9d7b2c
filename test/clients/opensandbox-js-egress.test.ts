import assert from 'node:assert/strict';
import { ConnectionConfig, Sandbox, SandboxApiException } from '@alibaba-group/opensandbox';
import { nameServer } from '../control/network/name-server.ts';
import { serve } from '../control/network/zone.ts';
import { openOutside } from '../control/runtimes/docker/outside.ts';
import { smallImage, startTestControl } from '../support/control.ts';
import { engineTest } from '../support/engine.ts';

engineTest('OpenSandbox’s JavaScript SDK, unmodified, decides what a sandbox reaches', async (t) => {
  const outside = await openOutside();
  const server = await nameServer(serve({ 'good.example': { addresses: [outside.public] } }));
  t.after(async () => {
    await server.close();
    await outside.close();
  });
  const { url, apiKey } = await startTestControl(t, { 'network.dns': `127.0.0.1:${server.port}` });
  for (const useServerProxy of [false, true]) {
    await t.test(useServerProxy ? 'through the server proxy' : 'at its own endpoint', async () => {
      const connectionConfig = new ConnectionConfig({
        domain: new URL(url).host,
        protocol: 'http',
        apiKey,
        useServerProxy,
      });
      const sandbox = await Sandbox.create({
        connectionConfig,
        image: smallImage,
        entrypoint: ['sleep', '1000'],
        resource: { cpu: '1', memory: '128Mi' },
        networkPolicy: { egress: [{ action: 'allow', target: 'good.example' }] },
      });
      try {
        const reach = async (host: string) => {
          const { logs } = await sandbox.commands.run(`nc -w 20 ${host} ${outside.port} </dev/null`);
          return logs.stdout.map(({ text }) => text).join('');
        };
        assert.deepEqual(await sandbox.getEgressPolicy(), {
          defaultAction: 'deny',
          egress: [{ action: 'allow', target: 'good.example' }],
        });
        assert.equal(await reach(outside.public), '');
        assert.equal(await reach('good.example'), 'outside');

        await sandbox.patchEgressRules([
          { action: 'deny', target: 'good.example' },
          { action: 'allow', target: outside.others[0]! },
        ]);
        assert.equal(await reach('good.example'), '');
        assert.equal(await reach(outside.public), '');
        assert.equal(await reach(outside.others[0]!), 'outside');

        await sandbox.deleteEgressRules([outside.others[0]!, 'never-there.example']);
        assert.equal(await reach(outside.others[0]!), '');
        const { egress } = await sandbox.getEgressPolicy();
        assert.deepEqual(egress, [{ action: 'deny', target: 'good.example' }]);

        await assert.rejects(sandbox.patchEgressRules([{ action: 'allow', target: 'no host' }]), (error) => {
          assert.ok(error instanceof SandboxApiException);
          assert.equal(error.statusCode, 400);
          assert.match(error.message, /egress\[0\]\.target/);
          return true;
        });
        for (const refused of [
          () => sandbox.credentialVault.get(),
          () => sandbox.credentialVault.listBindings(),
          () => sandbox.credentialVault.create({ credentials: [], bindings: [] }),
        ]) {
          await assert.rejects(refused, (error) => {
            assert.ok(error instanceof SandboxApiException);
            assert.deepEqual([error.statusCode, error.error.code], [501, 'NOT_SUPPORTED']);
            return true;
          });
        }
      } finally {
        await sandbox.kill();
        await sandbox.close();
      }
    });
  }
});
