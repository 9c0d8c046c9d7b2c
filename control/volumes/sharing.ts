import { parentOf } from './mount-paths.ts';
import { isWithin } from './paths.ts';
import { fieldOf, refusal } from './refusal.ts';
import type { Ledger, VolumeRecord } from './volume.ts';

/**
 * Refuses a volume inside of a volume that another sandbox can write to meanwhile. That sandbox could put a link at the
 * inner one's place just when the engine mounts it there, which would then be somewhere else: over Cubby's own programs as an
 * example. It holds in both directions, so that it doesn't matter who comes first. @throws ApiError `VOLUME::INVALID_MOUNT_PATH`
 */
export function refuseSharedParents(sandbox: string, records: readonly VolumeRecord[], ledger: Ledger): void {
  if (records.length === 0) return;
  const others = ledger.others(sandbox).flatMap(({ volumes }) => volumes.map((theirs) => ({ theirs, volumes })));
  for (const [index, mine] of records.entries()) {
    for (const { theirs, volumes } of others) {
      if (!overlap(mine, theirs)) continue;
      const danger = (holds(mine, records) && !theirs.readOnly) || (holds(theirs, volumes) && !mine.readOnly);
      if (!danger) continue;
      const expected = 'a volume that no other sandbox uses, since one of the two has a further volume mounted in it';
      const found = `${mine.claim?.name ?? mine.host}, which another sandbox uses`;
      throw refusal('VOLUME::INVALID_MOUNT_PATH', fieldOf(index, 'mountPath'), { expected, found });
    }
  }
}

/** True when another volume is mounted in it. */
function holds(volume: VolumeRecord, all: readonly VolumeRecord[]): boolean {
  return all.some((other) => parentOf(other, all) === volume);
}

/** True when files of one are files of the other. */
function overlap(a: VolumeRecord, b: VolumeRecord): boolean {
  const within = (x: string, y: string) => isWithin(x, y) || isWithin(y, x);
  if (a.host && b.host) return within(a.host, b.host);
  return a.claim !== undefined && a.claim.name === b.claim?.name && within(whole(a.claim), whole(b.claim));
}

function whole({ subPath }: { subPath: string }): string {
  return subPath ? `/${subPath}` : '/';
}
