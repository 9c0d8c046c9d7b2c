import assert from 'node:assert/strict';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { BlockedPath, descend, type Obstacle, openDirectory } from '../../../control/volumes/descend.ts';
import { openHostDirectory } from '../../../control/volumes/host-directory.ts';
import { KeptPlaces } from '../../../control/volumes/kept-places.ts';
import { namesOf } from '../../../control/volumes/paths.ts';
import type { ApiError } from '../../../shared/api/errors.ts';

function directory(t: TestContext): string {
  const made = mkdtempSync(join(realpathSync(tmpdir()), 'cubby-descend-'));
  t.after(() => rmSync(made, { recursive: true }));
  return made;
}

/** Descriptors of this process that are open now. */
function descriptors(): number {
  return readdirSync('/proc/self/fd').length;
}

async function obstacleAt(root: string, way: string): Promise<[Obstacle, number]> {
  const handle = await openDirectory(root);
  try {
    await (await descend(handle, namesOf(way)!)).close();
  } catch (error) {
    assert.ok(error instanceof BlockedPath, String(error));
    return [error.obstacle, error.depth];
  } finally {
    await handle.close();
  }
  assert.fail(`${way} was gone down`);
}

describe('a way down', () => {
  it('ends at the directory it names, and leaves nothing else open', async (t) => {
    const root = directory(t);
    mkdirSync(join(root, 'a/b/c'), { recursive: true });
    const before = descriptors();
    const handle = await openDirectory(root);
    const found = await descend(handle, ['a', 'b', 'c']);
    const same = await descend(handle, []);
    assert.equal(readlinkSync(`/proc/self/fd/${found.fd}`), join(root, 'a/b/c'));
    assert.equal(readlinkSync(`/proc/self/fd/${same.fd}`), root);
    for (const one of [handle, found, same]) await one.close();
    assert.equal(descriptors(), before);
  });

  it('ends at a link, wherever that leads and whether it is the last', async (t) => {
    const root = directory(t);
    mkdirSync(join(root, 'a/b'), { recursive: true });
    writeFileSync(join(root, 'file'), '');
    for (const [name, target] of Object.entries({ out: '/etc', in: 'a', up: '..', nowhere: 'x', self: 'self' })) {
      symlinkSync(target, join(root, name));
    }
    const before = descriptors();
    for (const name of ['out', 'in', 'up', 'nowhere', 'self']) {
      assert.deepEqual(await obstacleAt(root, name), ['link', 0], name);
      assert.deepEqual(await obstacleAt(root, `${name}/b`), ['link', 0], name);
    }
    assert.deepEqual(await obstacleAt(root, 'file'), ['file', 0]);
    assert.deepEqual(await obstacleAt(root, 'file/x'), ['file', 0]);
    assert.deepEqual(await obstacleAt(root, 'a/nowhere/x'), ['absent', 1]);
    assert.equal(descriptors(), before);
  });

  it('makes what is missing, with its mode whatever the umask, and leaves alone what is there', async (t) => {
    const root = directory(t);
    mkdirSync(join(root, 'there'));
    chmodSync(join(root, 'there'), 0o700);
    const handle = await openDirectory(root);
    const umask = process.umask(0o077);
    t.after(() => process.umask(umask));
    const make = { mode: 0o775, owner: 1234 };
    for (const way of [['there', 'new', 'newer'], ['there']]) await (await descend(handle, way, { make })).close();
    await handle.close();
    const modeAndOwner = (path: string) => {
      const { mode, uid, gid } = statSync(join(root, path));
      return [mode & 0o7777, uid, gid];
    };
    const owner = process.geteuid?.() === 0 ? [1234, 1234] : [process.geteuid!(), process.getegid!()];
    for (const path of ['there/new', 'there/new/newer']) assert.deepEqual(modeAndOwner(path), [0o775, ...owner]);
    assert.equal(modeAndOwner('there')[0], 0o700);
  });
});

describe('a directory of the host', () => {
  const open = async (path: string, { given = path, kept = [] as string[] } = {}) => {
    const depth = namesOf(given)!.length;
    const handle = await openHostDirectory(path, { given: depth, kept: await KeptPlaces.find(kept), index: 0 });
    await handle.close();
  };
  const codeOf = async (...call: Parameters<typeof open>) =>
    await open(...call).then(
      () => 'opened',
      (error: ApiError) => error.code,
    );

  it('is opened, and made below what the administrator answers for', async (t) => {
    const root = directory(t);
    const before = descriptors();
    assert.equal(await codeOf(`${root}/a/b`, { given: root }), 'opened');
    assert.ok(statSync(`${root}/a/b`).isDirectory());
    assert.equal(await codeOf(`${root}/c/d`, { given: `${root}/c` }), 'VOLUME::HOST_PATH_NOT_FOUND');
    assert.deepEqual(readdirSync(root), ['a']);
    assert.equal(descriptors(), before);
  });

  it('is refused where it, or what is in it, is kept from sandboxes: by whatever path', async (t) => {
    const root = directory(t);
    mkdirSync(join(root, 'x/state/below'), { recursive: true });
    symlinkSync(join(root, 'x/state'), join(root, 'link'));
    const kept = [join(root, 'link'), join(root, 'nowhere')];
    for (const path of ['/', '/x', '/x/state', '/x/state/below', '/x/state/below/new']) {
      assert.equal(await codeOf(root + path, { given: root, kept }), 'VOLUME::HOST_PATH_NOT_ALLOWED', path);
    }
    assert.equal(await codeOf('/', { kept }), 'VOLUME::HOST_PATH_NOT_ALLOWED');
    assert.equal(await codeOf(`${root}/x/other`, { given: root, kept }), 'opened');
    assert.deepEqual(readdirSync(join(root, 'x/state/below')), []);
  });

  it('is refused where it is the kernel’s, and where it can’t be made', async () => {
    for (const path of ['/proc', '/proc/sys/kernel', '/sys/fs']) {
      assert.equal(await codeOf(path), 'VOLUME::HOST_PATH_NOT_ALLOWED', path);
    }
    assert.equal(await codeOf('/sys/kernel/cubby', { given: '/sys/kernel' }), 'VOLUME::HOST_PATH_CREATE_FAILED');
  });
});
