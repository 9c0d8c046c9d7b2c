import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import { join } from 'node:path';
import type { Caller } from '../users/passwd.ts';
import { withRights } from '../users/rights.ts';

/**
 * Opens one of the files that a runner shares with the agent. Where the runner has a user's rights, its `owner`, that user may
 * have put anything in its place: it is opened with the user's own rights, follows no link, waits for nobody, and is of the kind
 * that it has to be.
 * @throws ENOENT and whatever else the system says; ENXIO for what is no such file
 */
export function openShared(dir: string, name: string, flags: number, owner?: Caller): number {
  const path = join(dir, name);
  if (!owner) return openSync(path, flags);
  const { O_NOFOLLOW, O_NONBLOCK, O_NOCTTY } = constants;
  const fd = withRights(owner, () => openSync(path, flags | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY));
  const stat = fstatSync(fd);
  if (name === 'ctl' ? stat.isFIFO() : stat.isFile()) return fd;
  closeSync(fd);
  throw Object.assign(new Error(`ENXIO: ${path} is no file of a runner`), { code: 'ENXIO' });
}
