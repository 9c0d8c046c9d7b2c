import assert from 'node:assert/strict';
import { startTestControl } from '../support/control.ts';
import { engineTest } from '../support/engine.ts';
import { commandClaims } from './javascript/commands.ts';
import { egressClaims } from './javascript/egress.ts';
import { fileClaims } from './javascript/files.ts';
import { lifecycleClaims } from './javascript/lifecycle.ts';
import { serviceClaims } from './javascript/service.ts';
import { World } from './javascript/world.ts';

/** Methods that no claim calls, by the reason. */
const exceptions = {
  'private, as TypeScript has it': `
    sandboxes.parseIsoDate sandboxes.parseOptionalIsoDate sandboxes.mapSnapshotInfo sandboxes.mapSandboxInfo
    sandboxes.fetchSandboxEndpoint commands.buildRunStreamSpec commands.buildRunInSessionStreamSpec
    commands.streamExecution commands.consumeExecutionStream files.parseIsoDate files.mapApiFileInfo files.uploadFile
    files.downloadStream isolation.jsonRequest credentialVault.credentialVaultUrl credentialVault.readErrorResponse
    credentialVault.requestJson`,
  'not there yet': 'commands.createSession commands.runInSession commands.runInSessionStream commands.deleteSession',
};

engineTest(
  'OpenSandbox’s JavaScript SDK, unmodified, does everything it can',
  async (t) => {
    const control = await startTestControl(t);
    for (const proxied of [false, true]) {
      await t.test(proxied ? 'through the server proxy' : 'directly', async (t) => {
        const world = new World(control, proxied);
        try {
          await world.open();
          for (const claims of [lifecycleClaims, commandClaims, fileClaims, egressClaims, serviceClaims]) {
            await claims(t, world);
          }
        } finally {
          await world.close();
        }
        await t.test('no method of the SDK was left out', () => {
          const named = Object.values(exceptions).flatMap((names) => names.trim().split(/\s+/));
          assert.deepEqual(world.methods.leftOut(new Set(named)), { missed: [], wrong: [] });
        });
      });
    }
  },
  { timeout: 240_000 },
);
