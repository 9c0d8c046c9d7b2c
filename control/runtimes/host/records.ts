import { readFileSync, renameSync, writeFileSync } from 'node:fs';

/** Writes JSON that its owner alone can read, whole or not at all. */
export function writeRecord(path: string, value: unknown): void {
  const draft = `${path}.tmp`;
  writeFileSync(draft, `${JSON.stringify(value)}\n`, { mode: 0o600 });
  renameSync(draft, path);
}

/** Undefined where there is none. */
export function readRecord<T>(path: string): T | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as T;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
