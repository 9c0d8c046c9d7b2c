import { posix } from 'node:path';
import type { ContainerInspectInfo } from 'dockerode';
import { ApiError } from '../../../shared/api/errors.ts';
import { followedIn, obstacleIn } from './container-paths.ts';
import { ownPlace } from './mounts.ts';
import type { Store } from './store.ts';

/**
 * Refuses to start a container again whose files would lead its mounts elsewhere: what ran in it could put links on the ways to
 * them, so that its own programs would lie over Cubby's and run before the network's rules are set. What is mounted itself can't
 * be moved while it is; the directories above can. Volumes that the image declares may be led by links, but to nothing of those.
 * @throws ApiError `DOCKER::SANDBOX_START_FAILED`
 */
export async function refuseDisk({ engine }: Pick<Store, 'engine'>, container: ContainerInspectInfo): Promise<void> {
  const { Id, Mounts, Config, HostConfig } = container;
  const declared = Object.keys(Config.Volumes ?? {}).map((path) => posix.resolve('/', path));
  const targets = [...Mounts.map(({ Destination }) => Destination), ...Object.keys(HostConfig.Tmpfs ?? {})];
  const wanted = targets.filter((target) => !declared.includes(target));
  const above = new Set(wanted.map((target) => posix.dirname(target)).filter((path) => path !== '/'));
  const obstacles = await Promise.all([...above].map((path) => obstacleIn(engine, Id, path)));
  const inTheWay = obstacles.find((path) => path !== undefined);
  if (inTheWay !== undefined) throw refused(`there is a link or a file at ${inTheWay}, on the way to a mount`);
  const ends = await Promise.all(declared.map((path) => followedIn(engine, Id, path)));
  const places = [ownPlace, ...wanted];
  const astray = declared.find((_, index) => places.some((place) => isWithin(ends[index]!, place)));
  if (astray !== undefined) throw refused(`the image’s volume ${astray} is led to another mount by a link`);
}

function isWithin(path: string, place: string): boolean {
  return `${path}/`.startsWith(`${place}/`) && path !== place;
}

function refused(why: string): ApiError {
  return new ApiError(
    'DOCKER::SANDBOX_START_FAILED',
    `its files were changed so that it can’t be started again: ${why}`,
  );
}
