import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { ContainerInspectInfo } from 'dockerode';
import { ApiError } from '../../../shared/api/errors.ts';
import { packPath } from './mounts.ts';
import type { Store } from './store.ts';

/**
 * A container has the agent pack that it was made with for as long as it is there: one that is started again needs that one, and not today's. As a volume it
 * can't have gone. @throws ApiError `DOCKER::SANDBOX_START_FAILED` when somebody has removed it
 */
export function requirePack(
  { options }: Pick<Store, 'options'>,
  { Mounts }: Pick<ContainerInspectInfo, 'Mounts'>,
): void {
  const mount = Mounts.find(({ Destination, Type }) => Destination === packPath && Type === 'bind');
  // Where packs are in volumes, this process runs in a container and doesn't see the engine's directories.
  if (mount === undefined || 'volume' in options.pack || existsSync(join(mount.Source, 'init'))) return;
  const message = `the agent pack ${basename(mount.Source)} that it was made with is not there any more, and has to be put back`;
  throw new ApiError('DOCKER::SANDBOX_START_FAILED', message);
}
