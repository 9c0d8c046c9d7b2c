import { chmodSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { migrate } from './migrate.ts';
import { rememberStatements } from './statements.ts';

export type Storage = Database.Database;

/**
 * Opens the database, making it where there is none, and brings it to the newest form. Every operation on it is
 * synchronous, so a transaction can never be left open over an await.
 * @throws Error that names the file, when it can't be opened or was written by a newer Cubby
 */
export function openStorage(path: string): Storage {
  if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  let storage: Storage | undefined;
  try {
    // A control that is just ending is waited for.
    storage = new Database(path, { timeout: 5000 });
    // It holds every sandbox's token, and the files beside it take its mode over.
    if (path !== ':memory:') chmodSync(path, 0o600);
    // Two controls over one database would each take the other's sandboxes for left behind.
    storage.pragma('locking_mode = EXCLUSIVE');
    storage.pragma('journal_mode = WAL');
    // A sandbox that was answered for has to be there after a power cut: its container will be.
    storage.pragma('synchronous = FULL');
    storage.pragma('foreign_keys = ON');
    migrate(storage);
    rememberStatements(storage);
    return storage;
  } catch (error) {
    storage?.close();
    const { code, message } = error as Error & { code?: string };
    const why = code === 'SQLITE_BUSY' ? 'another Cubby has it open' : message;
    throw new Error(`the database ${path} can't be used: ${why}`, { cause: error });
  }
}
