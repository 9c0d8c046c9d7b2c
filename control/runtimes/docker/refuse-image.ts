import { ApiError } from '../../../shared/api/errors.ts';
import type { Profile } from '../runtime.ts';
import { ownPlace, packPath, socketsPath, spoolPath } from './mounts.ts';
import { workspace } from './profile.ts';
import type { Store } from './store.ts';

/** Where every sandbox has something of Cubby's mounted. */
const places = [packPath, socketsPath, spoolPath];
/** Where a hardened one has something besides. */
const hardenedPlaces = [...places, workspace, '/tmp'];

/** An image by its content's id, and the absolute and clean paths that it declares to be volumes. */
interface Volumed {
  image: string;
  volumes: readonly string[];
}

/**
 * Refuses an image that gets in between Cubby's own mounts: by a link that leads them elsewhere, or by a volume of its own that
 * covers a part of them. What the image has there would then run as root, before the network's rules are set and before mounts are
 * looked at. An image may be the work of code that ran in a sandbox: see snapshots.
 * @throws ApiError `SANDBOX::INVALID_PARAMETER`
 */
export async function refuseImage({ imagePaths }: Store, { image, volumes }: Volumed, profile: Profile): Promise<void> {
  const inTheWay = await imagePaths.look(image, ...(profile === 'hardened' ? hardenedPlaces : places));
  if (inTheWay !== undefined) {
    throw refused(`one without a link or a file at ${inTheWay}, where a ${profile} sandbox has something mounted`);
  }
  if (volumes.length === 0) return;
  const over = await imagePaths.leadingTo(ownPlace, image, volumes);
  if (over !== undefined) throw refused(`one without a volume at ${over}, which is below ${ownPlace}`);
}

/**
 * Refuses a place for a mount of the request's that the image leads elsewhere, or in which it declares a volume: that would be
 * mounted last, along links that somebody may have put into what the request mounts. @throws ApiError `VOLUME::INVALID_MOUNT_PATH`
 */
export async function refuseMount(
  { imagePaths }: Store,
  { image, volumes }: Volumed,
  target: string,
  index: number,
): Promise<void> {
  const refuse = (expected: string, found: string) => {
    const field = `volumes.${index}.mountPath`;
    const message = `${field}: expected ${expected}, found ${found}`;
    return new ApiError('VOLUME::INVALID_MOUNT_PATH', message, { field, expected });
  };
  const inTheWay = await imagePaths.look(image, target);
  if (inTheWay !== undefined) {
    throw refuse('a path that leads through directories only', `a link or a file of the image at ${inTheWay}`);
  }
  // Of two for the very same place the engine takes the request's.
  const others = volumes.filter((path) => path !== target);
  const inside = others.length > 0 && (await imagePaths.leadingTo(target, image, others));
  if (inside) throw refuse('a path without volumes of the image in it', `the one at ${inside}`);
}

function refused(expected: string): ApiError {
  return new ApiError('SANDBOX::INVALID_PARAMETER', `image: expected ${expected}`, { field: 'image', expected });
}
