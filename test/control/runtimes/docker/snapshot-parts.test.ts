import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { test } from 'node:test';
import type { ContainerInspectInfo } from 'dockerode';
import { measured } from '../../../../control/runtimes/docker/measured.ts';
import { ownVolumes } from '../../../../control/runtimes/docker/own-volumes.ts';
import { tar } from '../../../../control/runtimes/docker/tar.ts';

test('a tar of small files is one that tar itself reads', () => {
  const files = { 'manifest.json': '[]', empty: '', 'ü.txt': 'ä\n', full: 'x'.repeat(1024) };
  const archive = tar(files);
  const list = execFileSync('tar', ['--numeric-owner', '-tvf', '-'], { input: archive, encoding: 'utf8' });
  assert.match(list, /^-rw-r--r-- 0\/0 +2 .* manifest\.json$/m);
  for (const [name, text] of Object.entries(files)) {
    assert.equal(execFileSync('tar', ['-xOf', '-', name], { input: archive, encoding: 'utf8' }), text);
  }
  assert.throws(() => tar({ ['x'.repeat(100)]: '' }), /too long a name/);
});

test('a tar of the engine’s goes through whole, or not at all', async () => {
  const archive = tar({ file: 'y'.repeat(5120) });
  const through = async (bytes: Buffer, size: number, limit = 1 << 20) => {
    const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
      bytes.subarray(i * size, (i + 1) * size),
    );
    const parts: Buffer[] = [];
    await pipeline(Readable.from(chunks), measured(limit), async (stream: AsyncIterable<Buffer>) => {
      for await (const part of stream) parts.push(part);
    });
    return Buffer.concat(parts);
  };
  for (const size of [1, 700, 1024, 5000, 100_000]) assert.deepEqual(await through(archive, size), archive);
  for (const cut of [1, 512, 1024, 3000]) {
    await assert.rejects(through(archive.subarray(0, -cut), 700), { code: 'ENGINE_UNAVAILABLE' });
  }
  await assert.rejects(through(Buffer.alloc(0), 700), { code: 'ENGINE_UNAVAILABLE' });
  await assert.rejects(through(archive, 700, 2000), { code: 'CAPACITY_EXCEEDED' });
});

test('a container’s own volumes are those without a name of their own, outermost first', () => {
  const volume = (Name: string, Destination: string) => ({ Type: 'volume', Name, Destination });
  const container = {
    Mounts: [
      volume('aa', '/workspace'),
      volume('bb', '/workspace/below'),
      volume('cc', '/workspaces'),
      volume('dd', '/.cubby/run'),
      volume('shared', '/mnt/shared'),
      volume('bound', '/mnt/bound'),
      { Type: 'bind', Source: '/srv', Destination: '/workspace/host' },
    ],
    HostConfig: {
      Mounts: [
        { Type: 'volume', Source: '', Target: '/workspace' },
        { Type: 'volume', Source: 'shared', Target: '/mnt/shared' },
        { Type: 'bind', Source: '/srv', Target: '/workspace/host' },
      ],
      Binds: ['bound:/mnt/bound:ro'],
    },
  } as unknown as ContainerInspectInfo;
  assert.deepEqual(ownVolumes(container), [
    { name: 'aa', path: '/workspace' },
    { name: 'cc', path: '/workspaces' },
  ]);
});
