import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { HostRuntime } from '../../../../control/runtimes/host/host.ts';
import { processesNaming } from '../../../support/host-control.ts';
import { pack } from '../../../support/pack.ts';
import { conformance } from '../conformance.ts';

test('the host runtime does what control relies on', { timeout: 250_000 }, async (t) => {
  const root = mkdtempSync(join(tmpdir(), 'cubby-hosts-'));
  const open = async (store: string) => {
    const directory = join(root, store);
    const options = { store, directory, pack: realpathSync(pack), logBytes: 1024 * 1024, policyOf: () => undefined };
    const runtime = new HostRuntime(options);
    await runtime.check();
    return runtime;
  };
  const runtime = await open('one');
  t.after(async () => {
    for (const { id } of await runtime.list()) await runtime.remove(id);
    const left = [...readdirSync(join(root, 'one')), ...processesNaming(root)];
    rmSync(root, { recursive: true });
    assert.deepEqual(left, []);
  });
  const base = { image: 'host', network: true };
  await conformance(t, { runtime, base, again: () => open('one'), other: () => open('two') });
});
