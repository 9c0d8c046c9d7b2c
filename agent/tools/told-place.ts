import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** In a command's directory, so that the agent after this one knows it too, and it goes when the command is forgotten. */
const name = 'told';

/** How far a command's output has been told: bytes of both streams. */
export function readTold(directory: string): number {
  try {
    const place = Number(readFileSync(join(directory, name), 'utf8'));
    return Number.isSafeInteger(place) && place > 0 ? place : 0;
  } catch {
    return 0;
  }
}

/** An agent that is killed meanwhile leaves the old place or the new one. */
export function writeTold(directory: string, place: number): void {
  const path = join(directory, name);
  writeFileSync(`${path}.new`, String(place), { mode: 0o600 });
  renameSync(`${path}.new`, path);
}
