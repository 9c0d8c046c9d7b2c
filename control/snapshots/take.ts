import { ApiError } from '../../shared/api/errors.ts';
import type { Sandboxes } from '../sandboxes/sandboxes.ts';
import type { SnapshotRow, SnapshotStore } from './store.ts';

export interface TakeOptions {
  sandboxes: Sandboxes;
  store: SnapshotStore;
  /** Bytes. */
  maxSize: number;
  signal: AbortSignal;
}

/** States of a sandbox that has files to copy. */
const sources: readonly string[] = ['Running', 'Paused'];

/** @throws ApiError `SNAPSHOT::INVALID_SOURCE_STATE`, or `DOCKER::SANDBOX_NOT_FOUND` */
export function requireSource(sandboxes: Sandboxes, id: string): 'Running' | 'Paused' {
  const { state, message } = sandboxes.get(id);
  if (sources.includes(state)) return state as 'Running' | 'Paused';
  throw new ApiError('SNAPSHOT::INVALID_SOURCE_STATE', `Sandbox ${id} is ${state}: ${message}`);
}

/** Makes a snapshot: the sandbox is frozen while its files are read, and only then. @throws ApiError what kept it from being made */
export async function take({ id, sandboxId, createdAt }: SnapshotRow, options: TakeOptions): Promise<void> {
  const { sandboxes, store, maxSize, signal } = options;
  // What a member of a pool was told when it became this one is not in its container's configuration.
  const claimed = sandboxes.get(sandboxId).claim?.env;
  const capture = await sandboxes.freezer.still(sandboxId, async () => {
    signal.throwIfAborted();
    requireSource(sandboxes, sandboxId);
    return sandboxes.runtime.snapshots.capture(sandboxId, { snapshot: id, maxSize, signal });
  });
  // Before there is an image: one that is there is found to be whole by whoever comes after a crash.
  store.setEnv(id, { ...capture.env, ...claimed });
  await capture.seal(new Date(createdAt));
}
