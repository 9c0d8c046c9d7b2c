import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startTestControl } from '../support/control.ts';
import { engineTest } from '../support/engine.ts';
import { commandClaims } from './javascript/commands.ts';
import { egressClaims } from './javascript/egress.ts';
import { fileClaims } from './javascript/files.ts';
import { lifecycleClaims } from './javascript/lifecycle.ts';
import { serviceClaims } from './javascript/sandboxes.ts';
import { sessionClaims } from './javascript/sessions.ts';
import { World } from './javascript/world.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/opensandbox.md'), 'utf8');
const parts = [lifecycleClaims, commandClaims, sessionClaims, fileClaims, egressClaims, serviceClaims];

/** What TypeScript has as private. */
const hidden = `
  sandboxes.parseIsoDate sandboxes.parseOptionalIsoDate sandboxes.mapSnapshotInfo sandboxes.mapSandboxInfo
  sandboxes.fetchSandboxEndpoint commands.buildRunStreamSpec commands.buildRunInSessionStreamSpec
  commands.streamExecution commands.consumeExecutionStream files.parseIsoDate files.mapApiFileInfo files.uploadFile
  files.downloadStream isolation.jsonRequest credentialVault.credentialVaultUrl credentialVault.readErrorResponse
  credentialVault.requestJson`;

engineTest(
  'OpenSandbox’s JavaScript SDK, unmodified, does everything it can',
  async (t) => {
    const control = await startTestControl(t);
    for (const proxied of [false, true]) {
      await t.test(proxied ? 'through the server proxy' : 'directly', async (t) => {
        const world = new World(control, proxied);
        try {
          await world.open();
          for (const claims of parts) {
            await claims(t, world);
          }
        } finally {
          await world.close();
        }
        await t.test('no method of the SDK was left out, here and in docs/opensandbox.md', () => {
          const names = new Set(hidden.trim().split(/\s+/));
          assert.deepEqual(world.methods.leftOut(names), { missed: [], wrong: [] });
          assert.deepEqual(world.methods.untold(page, names), []);
        });
      });
    }
  },
  { timeout: 600_000 },
);
