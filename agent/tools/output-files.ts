import * as fs from 'node:fs';
import { join } from 'node:path';
import type { Command } from '../commands/command.ts';
import { oldestOffset, rawOutput } from '../commands/output.ts';
import { writeBlock } from '../files/descriptors.ts';
import type { Caller } from '../users/passwd.ts';
import { withRights } from '../users/rights.ts';
import type { StreamName } from './collect.ts';

/** A whole output, where it was too long to be told. */
export interface OutputFile {
  path: string;
  /** Bytes of the file. */
  size: number;
  /** The file too is without the oldest part. */
  truncated: boolean;
}

/** Each may be as large as a command's history: older ones go. */
const mostFiles = 16;

const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = fs.constants;

export interface OutputPlace {
  caller: Caller;
  /** The caller's directory for temporary files. */
  temporary: string;
}

/** Puts the streams that were cut into files of the caller's. Those that can't be written there are left out. */
export async function outputFiles(
  command: Command,
  cut: StreamName[],
  place: OutputPlace,
): Promise<{ outputFiles?: Partial<Record<StreamName, OutputFile>> }> {
  const files: Partial<Record<StreamName, OutputFile>> = {};
  for (const stream of cut) {
    const file = await writeOutput(command, stream, place).catch(() => undefined);
    if (file) files[stream] = file;
  }
  return Object.keys(files).length > 0 ? { outputFiles: files } : {};
}

async function writeOutput(command: Command, stream: StreamName, place: OutputPlace): Promise<OutputFile> {
  const { caller } = place;
  const oldest = oldestOffset(command, stream);
  const { path, descriptor } = withRights(caller, () => {
    const directory = ownDirectory(place);
    removeOldest(directory);
    const path = join(directory, `${command.id}.${stream}`);
    fs.rmSync(path, { force: true });
    return { path, descriptor: fs.openSync(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600) };
  });
  let size = 0;
  try {
    const { signal } = new AbortController();
    const bytes = rawOutput(command, { stream, offset: oldest, follows: false, holds: false, signal });
    for await (const part of bytes) {
      await writeBlock(descriptor, part, size);
      size += part.length;
    }
    return { path, size, truncated: oldest > 0 };
  } catch (error) {
    withRights(caller, () => fs.rmSync(path, { force: true }));
    throw error;
  } finally {
    fs.closeSync(descriptor);
  }
}

/** Hidden from listings, as all that is named so. @throws Error where somebody else has made it: who owns it could change what it says */
function ownDirectory({ caller: { uid }, temporary }: OutputPlace): string {
  const path = join(temporary, `.cubby-output-${uid}`);
  fs.mkdirSync(path, { recursive: true, mode: 0o700 });
  const stats = fs.lstatSync(path);
  if (!stats.isDirectory() || stats.uid !== uid) throw new Error(`${path} is not the user's own`);
  return path;
}

function removeOldest(directory: string): void {
  const files = fs.readdirSync(directory).map((name) => join(directory, name));
  if (files.length < mostFiles) return;
  const changed = new Map(files.map((path) => [path, fs.lstatSync(path).mtimeMs]));
  files.sort((a, b) => changed.get(a)! - changed.get(b)!);
  for (const path of files.slice(0, files.length - mostFiles + 1)) fs.rmSync(path, { force: true });
}
