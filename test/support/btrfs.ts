import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { succeed } from '../control/runtimes/docker/lab.ts';
import { needsEngine } from './engine.ts';
import type { EngineDisk } from './own-engine.ts';

/** A btrfs in a file beside where it is mounted, for an engine whose storage keeps limits of disk. `bytes`: its size, of which nothing is taken before it is used. */
export function btrfsDisk(bytes: number): EngineDisk {
  return {
    driver: 'btrfs',
    async mount(directory) {
      const file = `${directory}.img`;
      writeFileSync(file, '');
      truncateSync(file, bytes);
      await succeed('mkfs.btrfs', ['--quiet', file]);
      mkdirSync(directory);
      await succeed('mount', ['-o', 'loop', file, directory]);
    },
  };
}

/** Why tests with a btrfs can't run here; undefined when they can. In CI they always run, and fail where there is none. */
export function needsBtrfs(): string | undefined {
  return needsEngine() ?? (process.env.CI === 'true' ? undefined : whyNoBtrfs());
}

/** Whether this machine makes one, limits of its own included, and mounts it. */
function whyNoBtrfs(): string | undefined {
  const directory = mkdtempSync(join(tmpdir(), 'cubby-btrfs-'));
  const [file, mounted] = [join(directory, 'img'), join(directory, 'mounted')];
  const run = (program: string, ...words: string[]) => execFileSync(program, words, { stdio: 'pipe' });
  try {
    writeFileSync(file, '');
    truncateSync(file, 256 * 1024 ** 2);
    mkdirSync(mounted);
    run('mkfs.btrfs', '--quiet', file);
    run('mount', '-o', 'loop', file, mounted);
    try {
      run('btrfs', 'quota', 'enable', mounted);
      return undefined;
    } finally {
      run('umount', mounted);
    }
  } catch (error) {
    return `no btrfs can be mounted: ${(error as Error).message.trim().split('\n').at(-1)}`;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
