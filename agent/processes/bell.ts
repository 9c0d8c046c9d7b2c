import { type FSWatcher, watch } from 'node:fs';
import type { Caller } from '../users/passwd.ts';
import { withRights } from '../users/rights.ts';

/** Between looks where the system has no watch left to give. */
const pollMs = 25;

/**
 * Calls `ring` when the bell of a process was rung, perhaps more often, until the function that it returns is called. All
 * containers of a machine together have few watches: 128 programs of one user may use any (fs.inotify.max_user_instances).
 * `owner`: whose runner has made the bell, unless root's.
 * @throws ENOENT when there is no bell
 */
export function listenTo(path: string, ring: () => void, owner?: Caller): () => void {
  let watcher: FSWatcher | undefined;
  let timer: NodeJS.Timeout | undefined;
  const poll = () => {
    watcher?.close();
    watcher = undefined;
    timer ??= setInterval(ring, pollMs).unref();
  };
  try {
    const listen = () => watch(path, { persistent: false }, ring).on('error', poll);
    watcher = owner ? withRights(owner, listen) : listen();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw error;
    poll();
  }
  return () => {
    watcher?.close();
    clearInterval(timer);
  };
}
