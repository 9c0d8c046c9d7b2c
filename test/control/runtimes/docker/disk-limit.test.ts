import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeStorage, type StorageSettings, withDiskLimit } from '../../../../control/runtimes/docker/disk-limit.ts';
import { Engine } from '../../../../control/runtimes/docker/engine.ts';
import { EngineRefusal } from '../../../../control/runtimes/docker/refusal.ts';
import { ApiError } from '../../../../shared/api/errors.ts';
import { engineSocket, engineTest } from '../../../support/engine.ts';
import { busybox } from './lab.ts';

const engine = new Engine({ socketPath: engineSocket, deadline: 30_000 });
const spec = { image: busybox, limits: { disk: 64 * 1024 ** 2, spool: 1 } };
const refusedLimit = () => {
  const why = "--storage-opt is supported only for overlay over xfs with 'pquota' mount option";
  const cause = new EngineRefusal('make the container', 500, why);
  return new ApiError('DOCKER::SANDBOX_START_FAILED', cause.message, { cause });
};

test('what an engine’s storage makes of limits is known by its name, but for overlay2 on xfs', () => {
  const on = (fs: string): [string, string][] => [['Backing Filesystem', fs]];
  assert.deepEqual(judgeStorage({ Driver: 'btrfs' }), { kept: 'yes', withImage: true });
  assert.deepEqual(judgeStorage({ Driver: 'zfs' }), { kept: 'yes', withImage: false });
  assert.equal(judgeStorage({ Driver: 'overlay2', DriverStatus: on('xfs') }).kept, 'tried');
  assert.equal(judgeStorage({ Driver: 'overlay2', DriverStatus: on('extfs') }).kept, 'no');
  assert.equal(judgeStorage({ Driver: 'vfs', DriverStatus: on('xfs') }).kept, 'no');
  assert.equal(judgeStorage({ Driver: 'overlay2', DriverStatus: null }).kept, 'no');
  assert.equal(judgeStorage({}).kept, 'no');
});

test('an engine that refuses a limit is asked for none again, and the container is made', async () => {
  const store = { engine, diskLimits: judgeStorage({ Driver: 'zfs' }) };
  const asked: StorageSettings[] = [];
  const make = async (settings: StorageSettings) => {
    asked.push(settings);
    if (settings.StorageOpt) throw refusedLimit();
    return 'made';
  };
  assert.equal(await withDiskLimit(store, spec, make), 'made');
  assert.equal(await withDiskLimit(store, spec, make), 'made');
  assert.deepEqual(asked, [{ StorageOpt: { size: String(64 * 1024 ** 2) } }, {}, {}]);
});

test('what else an engine refuses is refused', async () => {
  const store = { engine, diskLimits: judgeStorage({ Driver: 'zfs' }) };
  const make = async () => {
    throw new EngineRefusal('make the container', 409, 'the name is in use');
  };
  await assert.rejects(withDiskLimit(store, spec, make), /in use/);
  assert.equal(store.diskLimits.kept, 'yes');
});

test('a refusal that only has the words of one that is about limits takes the limit from nobody else', async () => {
  const store = { engine, diskLimits: judgeStorage({ Driver: 'zfs' }) };
  const make = async () => {
    throw new EngineRefusal('make the container', 400, 'bind source path does not exist: /srv/quota');
  };
  await assert.rejects(withDiskLimit(store, spec, make), /does not exist/);
  assert.equal(store.diskLimits.kept, 'yes');
});

engineTest('where the image counts, its size is added to the limit', async () => {
  const store = { engine, diskLimits: judgeStorage({ Driver: 'btrfs' }) };
  const { Size } = await engine.ask<{ Size: number }>({ what: 'look', path: `/images/${busybox}/json` });
  const size = await withDiskLimit(store, spec, async ({ StorageOpt }) => StorageOpt?.size);
  assert.equal(Number(size), 64 * 1024 ** 2 + Size);
});
