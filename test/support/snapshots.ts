import assert from 'node:assert/strict';
import type { z } from 'zod';
import type { Sandbox } from '../../shared/api/sandboxes.ts';
import type { Snapshot, SnapshotList } from '../../shared/api/snapshots.ts';
import { type ControlClient, createRequest } from './control-client.ts';
import { until } from './until.ts';

/** Begins a snapshot. */
export async function beginSnapshot(control: ControlClient, sandboxId: string, body: object = {}): Promise<Snapshot> {
  const response = await control.post(`/v1/sandboxes/${sandboxId}/snapshots`, body);
  assert.equal(response.status, 202, await response.clone().text());
  return (await response.json()) as Snapshot;
}

/** One snapshot as it is now. */
export async function getSnapshot(control: ControlClient, id: string): Promise<Snapshot> {
  const response = await control.fetch(`/v1/snapshots/${id}`);
  assert.equal(response.status, 200, await response.clone().text());
  return (await response.json()) as Snapshot;
}

/** A snapshot when it isn't on its way any more. */
export async function settledSnapshot(control: ControlClient, id: string): Promise<Snapshot> {
  let snapshot = await getSnapshot(control, id);
  const isSettled = async () => {
    snapshot = await getSnapshot(control, id);
    return snapshot.status.state !== 'Creating';
  };
  await until(isSettled, `snapshot ${id} is made, or is not`, 60_000);
  return snapshot;
}

/** Makes a snapshot, and returns when sandboxes can be made from it. */
export async function makeSnapshot(control: ControlClient, sandboxId: string, body: object = {}): Promise<Snapshot> {
  const snapshot = await settledSnapshot(control, (await beginSnapshot(control, sandboxId, body)).id);
  assert.equal(snapshot.status.state, 'Ready', snapshot.status.message);
  return snapshot;
}

/** Creates a sandbox from a snapshot; `request` says what else it is to be. */
export function restore(control: ControlClient, snapshotId: string, request: object = {}): Promise<Sandbox> {
  const fresh = { ...createRequest(), image: undefined, entrypoint: undefined };
  return control.create({ ...fresh, snapshotId, ...request });
}

/** Removes a snapshot. */
export function deleteSnapshot(control: ControlClient, id: string): Promise<Response> {
  return control.fetch(`/v1/snapshots/${id}`, { method: 'DELETE' });
}

/** A page of snapshots. */
export async function listSnapshots(control: ControlClient, query = ''): Promise<z.infer<typeof SnapshotList>> {
  const response = await control.fetch(`/v1/snapshots${query}`);
  assert.equal(response.status, 200, await response.clone().text());
  return (await response.json()) as z.infer<typeof SnapshotList>;
}
