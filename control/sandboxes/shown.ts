import type { Sandbox } from '../../shared/api/sandboxes.ts';
import type { DiskFound } from './disks.ts';
import type { SandboxRow } from './store.ts';

/** A row as the API shows it. `disk`: what is known of its disk. */
export function shown(row: SandboxRow, disk?: DiskFound): Sandbox {
  return {
    id: row.id,
    ...(row.snapshotId === undefined
      ? { image: { uri: row.template?.image ?? row.image } }
      : { snapshotId: row.snapshotId }),
    ...(row.template && { template: { name: row.template.name, version: row.template.version } }),
    ...(row.platform && { platform: row.platform }),
    status: {
      state: row.state,
      reason: row.reason,
      message: row.message,
      lastTransitionAt: new Date(row.transitionAt).toISOString(),
    },
    tier: row.tier,
    ...(row.limits.disk !== undefined && { disk: diskOf(row.limits.disk, disk) }),
    metadata: row.metadata,
    entrypoint: row.entrypoint,
    ...(row.expiresAt !== undefined && { expiresAt: new Date(row.expiresAt).toISOString() }),
    createdAt: new Date(row.createdAt).toISOString(),
  };
}

function diskOf(limitBytes: number, known: DiskFound | undefined): Sandbox['disk'] {
  return {
    limitBytes,
    ...(known && { enforcement: known.enforcement }),
    ...(known?.bytes !== undefined && { usedBytes: known.bytes, lookedAt: new Date(known.lookedAt).toISOString() }),
  };
}
