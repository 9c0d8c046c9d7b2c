import { spawn } from 'node:child_process';

/** A file takes at least so much, whatever is in it: what it costs the file system to know it. */
const leastOfFile = 4096;

/**
 * Bytes that are taken below directories: the blocks of their files, holes left out, or 4 KiB for each of them where that is more. A file
 * of several names counts once. Links are not followed, nor other file systems entered: `du` walks by descriptor, so that nobody who
 * moves directories meanwhile leads it elsewhere. It is another process, and the last to get the processor. Undefined: it isn't known.
 */
export async function walked(paths: string[], signal: AbortSignal): Promise<number | undefined> {
  if (paths.length === 0) return 0;
  const kibibytes = await du('-skx', paths, signal);
  if (kibibytes === undefined) return undefined;
  // Busybox has no word for it.
  const files = await du('-sx', ['--inodes', ...paths], signal);
  return Math.max(kibibytes * 1024, (files ?? 0) * leastOfFile);
}

/** The sum of what it says. It fails for what vanishes while it looks, and says the rest. */
function du(how: string, words: string[], signal: AbortSignal): Promise<number | undefined> {
  const { promise, resolve } = Promise.withResolvers<number | undefined>();
  const env = { ...process.env, LC_ALL: 'C' };
  // Its complaints are as many and as long as whoever makes and removes files likes.
  const child = spawn('nice', ['-n', '19', 'du', how, ...words], { signal, env, stdio: ['ignore', 'pipe', 'ignore'] });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    said += part;
  });
  child.once('error', () => resolve(undefined));
  child.once('close', (code) => {
    const numbers = said.split('\n').flatMap((line) => /^(\d+)\t/.exec(line)?.[1] ?? []);
    const isWhole = !signal.aborted && code !== null && numbers.length > 0;
    resolve(isWhole ? numbers.reduce((sum, number) => sum + Number(number), 0) : undefined);
  });
  return promise;
}
