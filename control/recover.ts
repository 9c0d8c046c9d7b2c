import { existsSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from './config/schema.ts';
import { createRuntime } from './runtimes/create.ts';
import type { FoundStore } from './runtimes/runtime.ts';
import { SandboxStore } from './sandboxes/store.ts';
import { openStorage, type Storage } from './storage/open.ts';

/** A store on the engine; `own`: the one of this configuration's database, unless a control has that open. */
export interface RecoverableStore extends FoundStore {
  own: boolean;
}

/**
 * What stores have left on the engine. A control never touches what another store made, so what a lost database leaves is
 * an administrator's to look through, and to remove.
 */
export async function findStores(config: Config): Promise<RecoverableStore[]> {
  const own = ownStore(config);
  const runtime = createRuntime(config, own ?? 'recovery', realpathSync(config.runtime.pack));
  const found = await runtime.stores();
  return found.map((store) => ({ ...store, own: store.id === own }));
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
