import assert from 'node:assert/strict';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { loadConfig } from '../../../control/config/load.ts';
import { cubby, emptyHome } from './program.ts';

describe('cubby init-config', () => {
  it('writes a file that start reads, and that only its owner can read', async (context) => {
    const surroundings = emptyHome(context);
    const before = loadConfig([], surroundings);
    const { code, out, err } = await cubby(['init-config', '--example', 'docker'], { surroundings });
    const path = join(surroundings.home, '.cubby.toml');
    assert.deepEqual([code, out], [0, '']);
    assert.match(err, new RegExp(`^wrote ${path}`));
    assert.equal(statSync(path).mode & 0o777, 0o600);
    assert.deepEqual(loadConfig([], surroundings), { ...before, file: path });
  });

  it('writes to any place, and makes its directory', async (context) => {
    const surroundings = emptyHome(context);
    assert.equal((await cubby(['init-config', 'etc/cubby/cubby.toml'], { surroundings })).code, 0);
    assert.match(readFileSync(join(surroundings.home, 'etc/cubby/cubby.toml'), 'utf8'), /^#port = 8080$/m);
  });

  it('keeps a file that is there, unless --force is given', async (context) => {
    const surroundings = emptyHome(context);
    const path = join(surroundings.home, 'mine.toml');
    writeFileSync(path, 'mine');
    const { code, err } = await cubby(['init-config', 'mine.toml'], { surroundings });
    assert.deepEqual([code, err], [2, `cubby: ${path} exists; --force replaces it\n`]);
    assert.equal(readFileSync(path, 'utf8'), 'mine');
    assert.equal((await cubby(['init-config', '--force', 'mine.toml'], { surroundings })).code, 0);
    assert.match(readFileSync(path, 'utf8'), /^\[server\]$/m);
  });

  it('- writes to standard output and nowhere else', async (context) => {
    const surroundings = emptyHome(context);
    const { code, out, err } = await cubby(['init-config', '-'], { surroundings });
    assert.deepEqual([code, err], [0, '']);
    assert.match(out, /^\[network\]$/m);
    assert.equal(existsSync(join(surroundings.home, '.cubby.toml')), false);
  });

  it('another example, another flag and a second file are refused', async (context) => {
    const surroundings = emptyHome(context);
    const refusals = [
      [['--example', 'kubernetes'], /--example: expected docker.*found "kubernetes"/],
      [['--exampel', 'docker'], /Unknown option '--exampel'\n$/],
      [['a', 'b'], /expected one FILE, found 2/],
      [['--example'], /argument missing/],
      [['.'], /EEXIST|exists|EISDIR/],
    ] as const;
    for (const [args, message] of refusals) {
      const { code, out, err } = await cubby(['init-config', ...args], { surroundings });
      assert.deepEqual([code, out], [2, '']);
      assert.match(err, message);
    }
  });
});
