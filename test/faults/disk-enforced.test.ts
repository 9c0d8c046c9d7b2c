import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { btrfsDisk, needsBtrfs } from '../support/btrfs.ts';
import { type AgentClient, openControl, smallImage } from '../support/control.ts';
import { testUnless } from '../support/engine.ts';
import { withOwnEngine } from '../support/own-engine.ts';
import { deleteSnapshot, makeSnapshot, restore } from '../support/snapshots.ts';
import { until } from '../support/until.ts';

const gibibyte = 1024 ** 3;
const limited = {
  resourceLimits: { memory: '128Mi', cpu: '1', disk: '64Mi' },
  idle: { stopAfterSeconds: 2 },
};

/** Writes so many MiB that no file system makes less of. */
const write = (agent: AgentClient, file: string, mebibytes: number) =>
  agent.run(`dd if=/dev/urandom of=${file} bs=1M count=${mebibytes} conv=fsync 2>&1`);

/** Uploads so many MiB. */
function upload(agent: AgentClient, path: string, mebibytes: number): Promise<Response> {
  const form = new FormData();
  form.append('metadata', new Blob([JSON.stringify({ path })], { type: 'application/json' }));
  form.append('file', new Blob([new Uint8Array(mebibytes * 1024 ** 2)]), 'file');
  return agent.fetch('/files/upload', { method: 'POST', body: form });
}

testUnless(
  needsBtrfs(),
  'an engine on btrfs keeps the limit of a sandbox’s disk, over stops and in what is made of its snapshot',
  async (t) => {
    const work = async (engine: Parameters<Parameters<typeof withOwnEngine>[0]>[0]) => {
      await engine.load(smallImage);
      const state = mkdtempSync(join(tmpdir(), 'cubby-control-'));
      const settings = {
        'docker.socket': engine.socket,
        'docker.network_subnet': '10.213.1.0/24',
        'sandbox.disk_look_seconds': '0.1',
      };
      const control = await openControl(state, settings);
      try {
        const { id } = await control.create(limited);
        const agent = await control.agent(id);

        await t.test('what fits is written, and no more than that', async () => {
          assert.equal((await write(agent, '/small', 30)).exitCode, 0);
          const tooMuch = await write(agent, '/large', 60);
          assert.notEqual(tooMuch.exitCode, 0);
          assert.match(tooMuch.stdout, /Disk quota exceeded/);
        });

        await t.test('an upload that does not fit is refused with DISK_FULL', async () => {
          assert.equal((await agent.run('rm /large')).exitCode, 0);
          assert.equal((await upload(agent, '/up', 1)).status, 200);
          const refused = await upload(agent, '/up', 60);
          assert.equal(refused.status, 507, await refused.clone().text());
          assert.equal(((await refused.json()) as { code: string }).code, 'DISK_FULL');
        });

        await t.test('diagnostics say that it is enforced', async () => {
          const text = await (await control.fetch(`/v1/sandboxes/${id}/diagnostics/inspect`)).text();
          assert.match(text, /Disk: +64\.0 MiB, enforced by the engine/);
          const isKnown = async () => (await control.get(id)).disk?.enforcement === 'enforced';
          await until(isKnown, 'it was looked at once');
        });

        await t.test('one that was stopped has the limit still', async () => {
          await until(async () => (await control.get(id)).tier === 'stopped', 'it is stopped');
          assert.match((await write(agent, '/large', 60)).stdout, /Disk quota exceeded/);
          assert.equal((await agent.run('rm -f /large && wc -c < /small')).stdout.trim(), String(30 * 1024 ** 2));
        });

        await t.test('one made of its snapshot has a limit of its own beside what was in it', async () => {
          const snapshot = await makeSnapshot(control, id);
          const copy = await restore(control, snapshot.id, limited);
          const there = await control.agent(copy.id);
          assert.equal((await write(there, '/more', 40)).exitCode, 0);
          assert.match((await write(there, '/large', 60)).stdout, /Disk quota exceeded/);
          await control.delete(copy.id);
          await deleteSnapshot(control, snapshot.id);
        });

        await t.test('the workspace of a hardened one, which is a volume, is watched', async () => {
          const { id: hard } = await control.create({ resourceLimits: limited.resourceLimits, profile: 'hardened' });
          const there = await control.agent(hard);
          // Whoever writes too much is stopped, and may not be answered.
          await there.background('dd if=/dev/urandom of=/workspace/large bs=1M count=80').catch(() => undefined);
          await until(
            async () => (await control.get(hard)).status.reason === 'disk_exceeded',
            'it is stopped',
            120_000,
          );
          assert.equal((await control.get(hard)).disk?.enforcement, 'watched');
        });

        await t.test('one without a limit has none', async () => {
          const { id: free } = await control.create({ resourceLimits: { ...limited.resourceLimits, disk: '0' } });
          assert.equal((await write(await control.agent(free), '/large', 100)).exitCode, 0);
        });
      } finally {
        await control.control.removeAll().finally(() => control.control.close());
        rmSync(state, { recursive: true });
      }
    };
    await withOwnEngine(work, btrfsDisk(4 * gibibyte));
  },
  { timeout: 600_000 },
);
