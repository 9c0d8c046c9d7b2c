import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { complaint, load } from './machine.ts';

const set = (name: string, value: string) => ({ argv: ['--set', `storage.${name}=${value}`] });

describe('what may be mounted', () => {
  it('is nothing of the host, and no volume that others made, unless it is listed', () => {
    assert.deepEqual(load().storage, { allowedHostPaths: [], allowedVolumes: [], uncheckedMounts: false });
    const env = { CUBBY_STORAGE_ALLOWED_HOST_PATHS: '/srv/users, /data/…', CUBBY_STORAGE_UNCHECKED_MOUNTS: 'true' };
    const { allowedHostPaths, uncheckedMounts } = load({ env }).storage;
    assert.deepEqual([allowedHostPaths, uncheckedMounts], [['/srv/users', '/data/…'], true]);
    const files = { '/home/ada/.cubby.toml': '[storage]\nallowed_volumes = ["datasets", "team-*"]' };
    assert.deepEqual(load({ files }).storage.allowedVolumes, ['datasets', 'team-*']);
  });

  it('is named by absolute paths that don’t lead up', () => {
    for (const path of ['srv', './srv', '~/srv', '/srv/..', '/srv/../etc', '/..']) {
      assert.match(complaint(set('allowed_host_paths', path)), /expected an absolute path without ".." in it/, path);
    }
    for (const path of ['/', '/srv/..x', '/srv/x..']) load(set('allowed_host_paths', path));
  });

  it('is named by volumes’ names, with a star at the end at most', () => {
    for (const name of ['*', 'A', '-a', 'a*b', '/etc', 'a_b', 'x'.repeat(255)]) {
      assert.match(complaint(set('allowed_volumes', name)), /expected the name of a volume/, name);
    }
  });

  it('is told of in OpenSandbox’s words too', () => {
    const files = { '/home/ada/.cubby.toml': '[storage]\nallowed_host_paths = ["/srv"]\nossfs_mount_root = "/mnt"' };
    assert.match(complaint({ files }), /object storage is not mounted/);
  });
});
