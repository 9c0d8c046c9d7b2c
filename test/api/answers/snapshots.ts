import Docker from 'dockerode';
import type { Contract } from '../../support/contract/contract.ts';
import type { TestControl } from '../../support/control.ts';
import { createRequest } from '../../support/control-client.ts';
import { settledSnapshot } from '../../support/snapshots.ts';
import type { StallingEngine } from '../../support/stalling-engine.ts';
import { making, type Sandboxes } from './targets.ts';
import { refuseTemplates } from './templates.ts';

/** Snapshots, and what is made of them. */
export async function aboutSnapshots(
  contract: Contract,
  { control, engine, running, ended }: Sandboxes & { control: TestControl; engine: StallingEngine },
): Promise<void> {
  const take = (id: string) => `POST /v1/sandboxes/${id}/snapshots`;
  const restore = (snapshotId: string) => ({ json: { ...createRequest(), image: undefined, snapshotId } });
  engine.hold(/^POST \/commit/);
  const { id } = await contract.call<{ id: string }>(take(running), 202, { json: { name: 'first' } });
  await contract.call(`DELETE /v1/snapshots/${id}`, 'SNAPSHOT::INVALID_STATE');
  for (const route of making) await contract.call(route, 'SNAPSHOT::NOT_READY', restore(id));
  await refuseTemplates(contract, 'SNAPSHOT::NOT_READY', restore(id).json);
  engine.release();
  await settledSnapshot(control, id);
  await contract.call(take(running), 'CAPACITY_EXCEEDED');
  await contract.call(take(ended), 'SNAPSHOT::INVALID_SOURCE_STATE');
  await contract.call(`GET /v1/snapshots/${id}`, 200);
  await contract.call('GET /v1/snapshots', 200);
  await contract.call('GET /v1/snapshots?page=0', 'INVALID_PARAMETER');
  const sandbox = await contract.call<{ id: string }>('POST /v1/sandboxes', 202, restore(id));
  await contract.call(`GET /v1/sandboxes/${sandbox.id}`, 200);
  await contract.call(`DELETE /v1/snapshots/${id}`, 'SNAPSHOT::DELETE_CONFLICT');
  await contract.call(`DELETE /v1/sandboxes/${sandbox.id}`, 204);
  // Behind its back.
  await new Docker().getImage(`cubby-snapshots:${id}`).remove();
  for (const route of making) await contract.call(route, 'SNAPSHOT::INVALID_RESTORE_CONFIG', restore(id));
  await refuseTemplates(contract, 'SNAPSHOT::INVALID_RESTORE_CONFIG', restore(id).json);
  await contract.call(`DELETE /v1/snapshots/${id}`, 204);
  for (const method of ['GET', 'DELETE']) await contract.call(`${method} /v1/snapshots/${id}`, 'SNAPSHOT::NOT_FOUND');
  for (const route of making) await contract.call(route, 'SNAPSHOT::NOT_FOUND', restore(id));
}
