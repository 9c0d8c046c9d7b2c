import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { type SandboxRow, SandboxStore } from '../../control/sandboxes/store.ts';
import { openStorage } from '../../control/storage/open.ts';
import { smallImage } from './control-client.ts';

/** A row of a sandbox that ended a moment ago, unless `change` says otherwise. */
export function endedRow(change: Partial<SandboxRow> = {}): SandboxRow {
  const now = Date.now();
  return {
    id: randomUUID(),
    state: 'Terminated',
    reason: 'ttl_expiry',
    message: 'Its time was up.',
    transitionAt: now,
    image: smallImage,
    snapshotId: undefined,
    platform: undefined,
    entrypoint: ['/bin/sh'],
    metadata: {},
    profile: 'standard',
    limits: { memory: 128 * 1024 * 1024, cpu: 1, pids: 4096, spool: 1024 * 1024 },
    token: 'a-token-of-a-sandbox-that-is-no-more',
    portSecret: 'a-secret-of-a-sandbox-that-is-no-more',
    createdAt: now,
    expiresAt: undefined,
    dueAt: now + 3_600_000,
    startedAt: '',
    frozen: 0,
    lastWords: '',
    ...change,
  };
}

/** Does something to the database of a control that isn't running. */
export function withStore<T>(state: string, use: (store: SandboxStore) => T): T {
  const storage = openStorage(join(state, 'cubby.db'));
  try {
    const store = new SandboxStore(storage);
    return storage.transaction(() => use(store))();
  } finally {
    storage.close();
  }
}
