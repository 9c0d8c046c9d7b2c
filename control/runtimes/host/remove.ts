import { chmodSync, existsSync, lstatSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ApiError } from '../../../shared/api/errors.ts';
import { endAll } from './end.ts';
import type { HostOptions } from './options.ts';
import { placeOf } from './place.ts';

/** Ends a sandbox and removes its directory. Removing what is not there is success. */
export async function remove({ directory: root }: HostOptions, id: string): Promise<void> {
  const place = placeOf(root, id);
  if (!existsSync(place.directory)) return;
  await endAll(place, 'DOCKER::SANDBOX_DELETE_FAILED');
  // Removing would go on into it.
  const mounted = mountBelow(place.directory);
  if (mounted) throw failed(`${mounted} is mounted in the directory of sandbox ${id}: unmount it`);
  try {
    rmSync(place.spool, { recursive: true, force: true });
    try {
      rmSync(place.directory, { recursive: true, force: true });
    } catch {
      openUp(place.directory);
      rmSync(place.directory, { recursive: true, force: true });
    }
  } catch (error) {
    throw failed(`the directory of sandbox ${id} can’t be removed: ${(error as Error).message}`);
  }
}

/** A user who is not root can make directories that can't be emptied before that is undone. Links lead nowhere here. */
function openUp(path: string): void {
  if (!lstatSync(path).isDirectory()) return;
  chmodSync(path, 0o700);
  for (const name of readdirSync(path)) openUp(join(path, name));
}

function mountBelow(directory: string): string | undefined {
  const targets = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map((line) =>
      (line.split(' ')[4] ?? '').replace(/\\([0-7]{3})/g, (_, octal) => String.fromCharCode(Number.parseInt(octal, 8))),
    );
  return targets.find((target) => target.startsWith(`${directory}/`));
}

function failed(message: string): ApiError {
  return new ApiError('DOCKER::SANDBOX_DELETE_FAILED', message);
}
