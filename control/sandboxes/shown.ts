import type { Sandbox } from '../../shared/api/sandboxes.ts';
import type { SandboxRow } from './store.ts';

/** A row as the API shows it. */
export function shown(row: SandboxRow): Sandbox {
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
    metadata: row.metadata,
    entrypoint: row.entrypoint,
    ...(row.expiresAt !== undefined && { expiresAt: new Date(row.expiresAt).toISOString() }),
    createdAt: new Date(row.createdAt).toISOString(),
  };
}
