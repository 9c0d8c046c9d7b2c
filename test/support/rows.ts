import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { type SandboxRow, SandboxStore } from '../../control/sandboxes/store.ts';
import { type SnapshotRow, SnapshotStore } from '../../control/snapshots/store.ts';
import { openStorage, type Storage } from '../../control/storage/open.ts';
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
    template: undefined,
    claim: undefined,
    pool: undefined,
    volumes: [],
    platform: undefined,
    entrypoint: ['/bin/sh'],
    metadata: {},
    profile: 'standard',
    limits: { memory: 128 * 1024 * 1024, cpu: 1, pids: 4096, spool: 1024 * 1024 },
    token: 'a-token-of-a-sandbox-that-is-no-more',
    egressSecret: 'a-third-secret-of-a-sandbox-that-is-no-more',
    policy: undefined,
    portSecret: 'a-secret-of-a-sandbox-that-is-no-more',
    createdAt: now,
    expiresAt: undefined,
    dueAt: now + 3_600_000,
    renewSeconds: undefined,
    startedAt: '',
    idle: undefined,
    tier: 'running',
    idleSince: undefined,
    livesUntil: undefined,
    frozen: 0,
    lastWords: '',
    lastWordsCut: 0,
    ...change,
  };
}

/** A row of a snapshot that could not be made, unless `change` says otherwise. */
export function snapshotRow(change: Partial<SnapshotRow> = {}): SnapshotRow {
  const now = Date.now();
  return {
    id: randomUUID(),
    sandboxId: randomUUID(),
    name: undefined,
    state: 'Failed',
    reason: 'snapshot_capture_failed',
    message: 'The engine could not do it.',
    transitionAt: now,
    createdAt: now,
    env: {},
    ...change,
  };
}

/** Does something to the database of a control that isn't running. */
export function withStore<T>(state: string, use: (store: SandboxStore) => T): T {
  return withStorage(state, (storage) => use(new SandboxStore(storage)));
}

/** The same to its snapshots. */
export function withSnapshots<T>(state: string, use: (store: SnapshotStore) => T): T {
  return withStorage(state, (storage) => use(new SnapshotStore(storage)));
}

/** The same to all of it. */
export function withStorage<T>(state: string, use: (storage: Storage) => T): T {
  const storage = openStorage(join(state, 'cubby.db'));
  try {
    return storage.transaction(() => use(storage))();
  } finally {
    storage.close();
  }
}
