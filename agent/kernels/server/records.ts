import { randomUUID } from 'node:crypto';
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { orSpoolFull } from '../../processes/processes.ts';
import type { ContextRecord } from '../context-record.ts';
import type { KernelSpec } from '../kernelspec.ts';
import { leftRecords } from '../left-records.ts';
import type { ServerSession } from './server-api.ts';

/** What is kept of a kernel in a server, so that a new agent can go on using it, or end it. It holds the server's token. */
export interface ServerKernelRecord {
  /** Name of its directory in the spool, and path of its session in the server. */
  id: string;
  context: ContextRecord;
  /** Its kernelspec in the server. */
  spec: { name: string; language: string };
  /** Undefined until the kernel has answered. */
  session?: ServerSession;
  /** ms since the epoch. */
  startedAt: number;
}

const recordFile = 'server-kernel.json';

/** Makes the record of a kernel that is about to be started, with a fresh id. */
export function newRecord(context: ContextRecord, { name, language }: KernelSpec): ServerKernelRecord {
  return { id: `cubby-${randomUUID()}`, context, spec: { name, language }, startedAt: Date.now() };
}

/** Writes a record, whole or not at all. @throws ApiError `SPOOL_FULL` */
export function writeRecord(spool: string, record: ServerKernelRecord): void {
  const file = join(spool, record.id, recordFile);
  try {
    mkdirSync(join(spool, record.id), { recursive: true, mode: 0o700 });
    writeFileSync(`${file}.new`, JSON.stringify(record), { mode: 0o600 });
    renameSync(`${file}.new`, file);
  } catch (error) {
    throw orSpoolFull(error);
  }
}

/** Every record in the spool, the oldest first. */
export function readRecords(spool: string): ServerKernelRecord[] {
  return leftRecords<ServerKernelRecord>(spool, recordFile).map(({ record }) => record);
}

export function discardRecord(spool: string, { id }: ServerKernelRecord): void {
  rmSync(join(spool, id), { recursive: true, force: true });
}
