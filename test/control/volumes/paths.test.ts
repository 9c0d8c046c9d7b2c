import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { AllowedHostPaths } from '../../../control/volumes/allowed-host-paths.ts';
import { isWithin, namesOf } from '../../../control/volumes/paths.ts';
import { ApiError } from '../../../shared/api/errors.ts';

function directory(t: TestContext): string {
  const made = mkdtempSync(join(tmpdir(), 'cubby-paths-'));
  t.after(() => rmSync(made, { recursive: true }));
  return made;
}

/** The code that a call is refused with. */
function codeOf(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    assert.ok(error instanceof ApiError, String(error));
    return error.code;
  }
  assert.fail('it was not refused');
}

describe('a path is read into its names', () => {
  it('whatever its slashes and dots, unless it leads up', () => {
    assert.deepEqual(namesOf('/a//b/./c/'), ['a', 'b', 'c']);
    assert.deepEqual(namesOf('a b/…/日本'), ['a b', '…', '日本']);
    assert.deepEqual(namesOf('/'), []);
    for (const path of ['..', '/a/..', '/a/../b', 'a/b/..']) assert.equal(namesOf(path), undefined, path);
    assert.deepEqual(namesOf('/a/...'), ['a', '...']);
  });

  it('unless it is longer than a path can be, or no text', () => {
    assert.equal(namesOf(`/${'x'.repeat(256)}`), undefined);
    assert.equal(namesOf(`/${'日'.repeat(86)}`), undefined);
    assert.equal(namesOf('/x'.repeat(2048)), undefined);
    assert.equal(namesOf('/x'.repeat(10_000_000)), undefined);
    for (const path of ['/a\0b', '/a\nb', '/a\u0085b', '/a\u007f', '/\ud800']) {
      assert.equal(namesOf(path), undefined, JSON.stringify(path));
    }
  });

  it('and is in another only by whole names', () => {
    assert.ok(isWithin('/a/b', '/a') && isWithin('/a', '/a') && isWithin('/a', '/'));
    assert.ok(!isWithin('/ab', '/a') && !isWithin('/a', '/a/b') && !isWithin('/', '/a'));
  });
});

describe('the list of allowed directories', () => {
  it('takes a directory, what is below it, and nothing beside it', (t) => {
    const root = directory(t);
    mkdirSync(join(root, 'users'));
    const allowed = new AllowedHostPaths([`${root}/users/`], []);
    assert.equal(allowed.resolve(`${root}/users`, '', 0), `${root}/users`);
    assert.equal(allowed.resolve(`${root}//users/./ada/`, 'a/b', 0), `${root}/users/ada/a/b`);
    for (const path of [root, `${root}/usersx`, `${root}/user`, '/', '/etc']) {
      assert.equal(
        codeOf(() => allowed.resolve(path, '', 0)),
        'VOLUME::HOST_PATH_NOT_ALLOWED',
        path,
      );
    }
    // The list is held against the path, and not against what a sub-path makes of it.
    assert.equal(
      codeOf(() => allowed.resolve(root, 'users', 0)),
      'VOLUME::HOST_PATH_NOT_ALLOWED',
    );
    for (const path of ['users', '', './users', `${root}/users/../x`, 'C:\\users']) {
      assert.equal(
        codeOf(() => allowed.resolve(path, '', 0)),
        'VOLUME::INVALID_HOST_PATH',
        path,
      );
    }
  });

  it('leads to the target of a link that the administrator names, by either path', (t) => {
    const root = directory(t);
    mkdirSync(join(root, 'disk/users'), { recursive: true });
    symlinkSync(join(root, 'disk'), join(root, 'link'));
    const allowed = new AllowedHostPaths([`${root}/link/users`], []);
    for (const way of ['link', 'disk']) {
      assert.equal(allowed.resolve(`${root}/${way}/users/ada`, '', 0), `${root}/disk/users/ada`);
    }
    assert.equal(allowed.depthOf(`${root}/disk/users/ada`), namesOf(root)!.length + 2);
  });

  it('may be the whole host, by the administrator’s word', () => {
    const allowed = new AllowedHostPaths(['/'], []);
    assert.equal(allowed.resolve('/srv/x', 'y', 0), '/srv/x/y');
    assert.equal(allowed.resolve('/', '', 0), '/');
    assert.equal(allowed.depthOf('/srv/x'), 0);
  });

  it('names only directories that are there, and outside of what is kept', (t) => {
    const root = directory(t);
    writeFileSync(join(root, 'file'), '');
    for (const prefix of [join(root, 'nowhere'), join(root, 'file'), '/proc/self', root]) {
      const start = () => new AllowedHostPaths([prefix], ['/proc', root]);
      assert.equal(codeOf(start), 'DOCKER::INITIALIZATION_ERROR', prefix);
    }
  });
});
