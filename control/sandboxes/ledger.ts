import type { Storage } from '../storage/open.ts';
import type { Ledger, VolumeRecord } from '../volumes/volume.ts';
import { unendedStates } from './states.ts';

/** The volumes that the rows of sandboxes have, as control/volumes reads and writes them. */
export function ledgerOf(storage: Storage): Ledger {
  const places = unendedStates.map(() => '?').join(', ');
  const ofOthers = `select id, volumes from sandboxes where volumes <> '[]' and id <> ? and state in (${places})`;
  const read = (text: unknown) => JSON.parse(text as string) as VolumeRecord[];
  return {
    of: (id) => read(storage.prepare('select volumes from sandboxes where id = ?').pluck().get(id) ?? '[]'),
    others: (id) => {
      const rows = storage.prepare(ofOthers).all([id, ...unendedStates]) as { id: string; volumes: string }[];
      return rows.map((row) => ({ id: row.id, volumes: read(row.volumes) }));
    },
    write: (id, volumes) => {
      storage.prepare('update sandboxes set volumes = ? where id = ?').run(JSON.stringify(volumes), id);
    },
  };
}
