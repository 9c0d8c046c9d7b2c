import { execFileSync } from 'node:child_process';
import { copyFileSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

/** Loaded by name at run time, so ldd can't know of it. */
const loadedLate = ['libutil.so.1'];

/**
 * Copies the dynamic loader and every library that these binaries need into `target`, the loader as `ld.so`. They come from
 * the machine that builds the pack, so the pack needs nothing of the image it is mounted into.
 */
export function copyLibraries(binaries: string[], target: string): void {
  const found = new Map<string, string>();
  for (const binary of binaries) {
    for (const line of execFileSync('ldd', [binary], { encoding: 'utf8' }).split('\n')) {
      const named = /^\s*(\S+) => (\/\S+) /.exec(line);
      const loader = /^\s*(\/\S*\/ld-linux\S*) /.exec(line);
      if (named) found.set(named[1]!, named[2]!);
      if (loader) found.set('ld.so', loader[1]!);
    }
  }
  const libc = found.get('libc.so.6');
  if (!libc || !found.has('ld.so')) throw new Error('the agent pack has to be built on a Linux with glibc');
  for (const name of loadedLate) found.set(name, join(libc, '..', name));
  for (const [name, path] of found) copyFileSync(realpathSync(path), join(target, basename(name)));
  forgetPreload(join(target, 'ld.so'));
}

/** What the loader looks for in whatever file system it runs in, and a place of the pack's where nothing is. */
const preload = Buffer.from('/etc/ld.so.preload\0');
const nothing = '/.cubby/pack/-';

/**
 * Takes the loader's file of libraries for every program away: no option does, and an image that has one would have its own code in the
 * agent, which runs as root and before the network's rules.
 */
function forgetPreload(loader: string): void {
  const bytes = readFileSync(loader);
  const at = bytes.indexOf(preload);
  if (at < 0 || bytes.indexOf(preload, at + 1) >= 0)
    throw new Error('this dynamic loader is not known: where does it preload from?');
  bytes.fill(0, at, at + preload.length).write(nothing, at);
  writeFileSync(loader, bytes);
}
