import { constants } from 'node:fs';
import { type FileHandle, open, readFile } from 'node:fs/promises';
import type { ContainerView } from '../runtime.ts';
import { find } from './find.ts';
import { packPath } from './mounts.ts';
import type { Store } from './store.ts';

/** O_PATH, which Node has no name for. */
const pathOnly = 0o10000000;

/**
 * A running container's files and mounts, by its first process. A process id can change hands between asking the engine and
 * using it: so the root is opened first, and then the process is looked at, whether it is in the container's cgroup. A runtime
 * with a kernel of its own has a process there whose mounts aren't the container's: the pack isn't among them.
 */
export async function view(store: Store, id: string): Promise<ContainerView | undefined> {
  const container = await find(store, id);
  if (!container?.State.Running) return undefined;
  const process = `/proc/${container.State.Pid}`;
  let root: FileHandle | undefined;
  try {
    root = await open(`${process}/root`, pathOnly | constants.O_DIRECTORY);
    const [mounts, cgroup] = await Promise.all([
      readFile(`${process}/mountinfo`, 'utf8'),
      readFile(`${process}/cgroup`, 'utf8'),
    ]);
    const mountinfo = parseMountinfo(mounts);
    const hasPack = [...mountinfo.values()].some(({ target }) => target === packPath);
    if (cgroup.includes(container.Id) && hasPack) return { root, mountinfo };
  } catch {
    // This machine doesn't have the process, or may not look at it.
  }
  await root?.close();
  return undefined;
}

/** See proc_pid_mountinfo(5): blanks and backslashes are octal. */
function parseMountinfo(text: string): ContainerView['mountinfo'] {
  const lines = text.split('\n').filter((line) => line !== '');
  return new Map(
    lines.map((line) => {
      const [number = '', , , , target = '', options = ''] = line.split(' ');
      const plain = target.replace(/\\([0-7]{3})/g, (_, octal: string) =>
        String.fromCharCode(Number.parseInt(octal, 8)),
      );
      return [number, { target: plain, options: options.split(',') }];
    }),
  );
}
