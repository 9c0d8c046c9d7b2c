import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { profiles } from '../../../../control/runtimes/docker/profile.ts';
import type { Profile } from '../../../../control/runtimes/runtime.ts';
import { engineTest } from '../../../support/engine.ts';
import { busybox, openLab, succeed } from './lab.ts';

const lab = openLab();

/** Images that put something of their own between the container's start and Cubby's first program, or into that program's place. */
const traps: [title: string, line: string, volume: string, found: RegExp][] = [
  [
    'a volume over a part of the pack',
    'mkdir -p /.cubby/pack/bin',
    '/.cubby/pack/bin',
    /volume at \/\.cubby\/pack\/bin/,
  ],
  ['a volume around Cubby’s places', 'mkdir /.cubby', '/.cubby/', /volume at \/\.cubby, which/],
  [
    'a volume that links lead into the pack',
    'mkdir /a; ln -s c /a/b; ln -s ../.cubby/pack /a/c',
    '/a/b/bin',
    /at \/a\/b\/bin/,
  ],
  [
    'a link to where a volume covers the pack',
    'mkdir -p /a/b/c; ln -s /a/b/c /.cubby',
    '/a/b/c',
    /a link or a file at \/\.cubby/,
  ],
];

for (const [title, line, volume, found] of traps) {
  engineTest(`no sandbox is made from an image with ${title}`, async () => {
    const { runtime, spec } = await lab();
    await withImage({ line, volume }, async (image) => {
      for (const profile of Object.keys(profiles) as Profile[]) {
        const refused = runtime.create(spec('between', { image, profile }));
        await assert.rejects(refused, { code: 'SANDBOX::INVALID_PARAMETER', field: 'image', message: found });
        assert.equal(await runtime.inspect('between'), undefined);
      }
    });
  });
}

engineTest('an image may have volumes, also where a link of its own leads', async () => {
  const { runtime, run, shell } = await lab();
  await withImage(
    { line: 'mkdir -p /real/data; echo kept >/real/data/file; ln -s real /linked', volume: '/linked/data' },
    async (image) => {
      await run('volumes', { image });
      assert.equal((await shell('volumes', 'cat /real/data/file')).output, 'kept\n');
      await runtime.remove('volumes');
    },
  );
});

engineTest('a volume of the image is not mounted in what the request mounts, but gives way to it', async () => {
  const { runtime, spec, run, shell } = await lab();
  const directory = await mkdtemp(join(tmpdir(), 'cubby-mount-'));
  try {
    await writeFile(join(directory, 'file'), 'theirs');
    await withImage({ line: 'mkdir -p /data/in', volume: '/data/in' }, async (image) => {
      const mountAt = (target: string) => ({ image, mounts: [{ target, readOnly: true, directory, inVolume: false }] });
      const error = {
        code: 'VOLUME::INVALID_MOUNT_PATH',
        field: 'volumes.0.mountPath',
        message: /the one at \/data\/in$/,
      };
      await assert.rejects(runtime.create(spec('around', mountAt('/data'))), error);
      await run('instead', mountAt('/data/in'));
      assert.equal((await shell('instead', 'cat /data/in/file')).output, 'theirs');
      await runtime.remove('instead');
    });
  } finally {
    await rm(directory, { recursive: true });
  }
});

async function withImage(
  { line, volume }: { line: string; volume: string },
  use: (image: string) => Promise<void>,
): Promise<void> {
  const image = 'cubby-test-between:1';
  const base = (await succeed('docker', ['run', '-d', '--network', 'none', busybox, 'sh', '-c', line])).output.trim();
  try {
    await succeed('docker', ['wait', base]);
    await succeed('docker', ['commit', '--change', `VOLUME ["${volume}"]`, base, image]);
    await use(image);
  } finally {
    await succeed('docker', ['rm', base]);
    await succeed('docker', ['rmi', image]);
  }
}
