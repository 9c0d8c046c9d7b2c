import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import Docker from 'dockerode';
import { startTestControl } from '../../support/control.ts';
import { engineTest } from '../../support/engine.ts';
import { makeSnapshot, restore } from '../../support/snapshots.ts';

const run = promisify(execFile);
const image = 'cubby/named-user:test';

engineTest('a snapshot’s image has the configuration of the image it comes from, and no secret is in it', async (t) => {
  const control = await startTestControl(t);
  const key = 'the-key-of-somebody-7d1f';
  const sandbox = await control.create({ image: { uri: image }, env: { KEY: key, IMAGE_ENV: `over ${key}` } });
  const agent = await control.agent(sandbox.id);
  await agent.run('echo kept >/tmp/kept');
  const { id } = await makeSnapshot(control, sandbox.id);
  const second = await restore(control, id);
  const { id: later } = await makeSnapshot(control, second.id);
  const tokens = [agent.token, (await control.agent(second.id)).token];

  const engine = new Docker();
  const origin = await engine.getImage(image).inspect();
  for (const snapshot of [id, later]) {
    const name = `cubby-snapshots:${snapshot}`;
    const { Config, Parent, Os, Architecture } = await engine.getImage(name).inspect();
    const { Labels, ...config } = Config;
    const { Labels: labels, ...original } = origin.Config;
    assert.deepEqual(config, original);
    assert.deepEqual(Labels, { ...labels, 'cubby.store': control.store, 'cubby.snapshot': snapshot });
    assert.deepEqual([Parent, Os, Architecture], ['', origin.Os, origin.Architecture]);

    const saved = await mkdtemp(join(tmpdir(), 'cubby-saved-'));
    t.after(() => rm(saved, { recursive: true }));
    await run('docker', ['save', '-o', join(saved, 'image.tar'), name]);
    await run('tar', ['-C', saved, '-xf', join(saved, 'image.tar')]);
    const secrets = [key, ...tokens, 'CUBBY_TOKEN', '/.cubby/pack/init', sandbox.id];
    for (const file of await readdir(saved, { recursive: true, withFileTypes: true })) {
      if (!file.isFile()) continue;
      const path = join(file.parentPath, file.name);
      for (const secret of secrets) assert.ok(!(await contains(path, secret)), `${secret} in ${path}`);
    }
  }
  assert.equal((await (await control.agent(second.id)).run('echo "$KEY"')).stdout, key, 'it is kept beside the image');
});

/** Whether a text is anywhere in a file. */
async function contains(path: string, text: string): Promise<boolean> {
  let rest = '';
  for await (const chunk of createReadStream(path, 'latin1')) {
    const seen = rest + String(chunk);
    if (seen.includes(text)) return true;
    rest = seen.slice(-text.length);
  }
  return false;
}
