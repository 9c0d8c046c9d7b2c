import { existsSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from './config/schema.ts';
import { wasClaimed } from './pools/was-claimed.ts';
import { createRuntime } from './runtimes/create.ts';
import type { FoundStore } from './runtimes/runtime.ts';
import { SandboxStore } from './sandboxes/store.ts';
import { openStorage, type Storage } from './storage/open.ts';

/** Containers that are asked at a time. */
const atOnce = 16;

type FoundSandbox = FoundStore['sandboxes'][number];

/** A sandbox of a store. `claimed`: of one that was started for a pool, whether it was given to somebody; undefined: it doesn't say. */
export type RecoverableSandbox = FoundSandbox & { claimed?: boolean | undefined };

/** A store on the engine; `own`: the one of this configuration's database, unless a control has that open. */
export interface RecoverableStore extends FoundStore {
  own: boolean;
  sandboxes: RecoverableSandbox[];
}

/**
 * What stores have left on the engine. A control never touches what another store made, so what a lost database leaves is
 * an administrator's to look through, and to remove.
 */
export async function findStores(config: Config): Promise<RecoverableStore[]> {
  const own = ownStore(config);
  const runtime = createRuntime(config, own ?? 'recovery', realpathSync(config.runtime.pack));
  const found = await runtime.stores();
  const stores: RecoverableStore[] = [];
  for (const store of found) {
    stores.push({ ...store, own: store.id === own, sandboxes: await withClaims(config, store) });
  }
  return stores;
}

/** Labels never change: whether one that was started for a pool was given to somebody its agent is asked. */
async function withClaims(config: Config, { id: store, sandboxes }: FoundStore): Promise<RecoverableSandbox[]> {
  if (sandboxes.every(({ pool }) => pool === undefined)) return sandboxes;
  const runtime = createRuntime(config, store, realpathSync(config.runtime.pack));
  const told: RecoverableSandbox[] = [];
  for (let from = 0; from < sandboxes.length; from += atOnce) {
    const some = sandboxes.slice(from, from + atOnce).map(async (sandbox) => {
      // What is frozen or has ended can't be asked.
      if (sandbox.pool === undefined || sandbox.state !== 'running') return sandbox;
      return { ...sandbox, claimed: await wasClaimed(runtime, sandbox.id) };
    });
    told.push(...(await Promise.all(some)));
  }
  await runtime.close();
  return told;
}

/** Ends every sandbox of a store, removes its snapshots and the images of its templates, and takes its network down. Returns how many there were. */
export async function removeStore(config: Config, store: string): Promise<{ sandboxes: number; snapshots: number }> {
  const runtime = createRuntime(config, store, realpathSync(config.runtime.pack));
  const containers = await runtime.list();
  for (const { id } of containers) await runtime.remove(id);
  const snapshots = await runtime.snapshots.list();
  for (const { id } of snapshots) await runtime.snapshots.remove(id);
  for (const { key } of await runtime.builds.list()) await runtime.builds.remove(key);
  await runtime.removeNetwork();
  return { sandboxes: containers.length, snapshots: snapshots.length };
}

/** The store of the database that is there now: looking must not make one, and one that a control has open can't be looked into. */
function ownStore(config: Config): string | undefined {
  const path = join(config.store.path, 'cubby.db');
  if (!existsSync(path)) return undefined;
  let storage: Storage;
  try {
    storage = openStorage(path);
  } catch (error) {
    if ((error as Error & { cause?: { code?: string } }).cause?.code === 'SQLITE_BUSY') return undefined;
    throw error;
  }
  try {
    return new SandboxStore(storage).storeId;
  } finally {
    storage.close();
  }
}
