import { brief, isWithin, namesOf, pathOf } from './paths.ts';
import { fieldOf, refusal } from './refusal.ts';

/** Places that are the kernel's or Cubby's in every sandbox. */
const taken = ['/.cubby', '/proc', '/sys', '/dev'];

/** Where a volume is to be in the sandbox, clean. @throws ApiError `VOLUME::INVALID_MOUNT_PATH` */
export function mountPathOf(text: string, index: number): string {
  const names = text.startsWith('/') ? namesOf(text) : undefined;
  if (!names) throw invalid(index, 'an absolute path without ".." and control characters', brief(text));
  const path = pathOf(names);
  const place = taken.find((place) => isWithin(path, place));
  if (path === '/' || place)
    throw invalid(index, `a path other than / and outside of ${taken.join(', ')}`, brief(text));
  return path;
}

/** Refuses two volumes at one place. @throws ApiError `VOLUME::INVALID_MOUNT_PATH` */
export function refuseSamePlace(paths: readonly string[]): void {
  paths.forEach((path, index) => {
    const first = paths.indexOf(path);
    if (first !== index) throw invalid(index, 'a path of its own', `the one of volumes.${first}`);
  });
}

/** The volume that another is mounted in: the innermost whose mount path is above. Undefined: it is in none. */
export function parentOf<T extends { mountPath: string }>(volume: T, all: readonly T[]): T | undefined {
  return all
    .filter((other) => other !== volume && isWithin(volume.mountPath, other.mountPath))
    .sort((a, b) => b.mountPath.length - a.mountPath.length)[0];
}

function invalid(index: number, expected: string, found: string) {
  return refusal('VOLUME::INVALID_MOUNT_PATH', fieldOf(index, 'mountPath'), { expected, found });
}
