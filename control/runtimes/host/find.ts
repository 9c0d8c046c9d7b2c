import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { ApiError } from '../../../shared/api/errors.ts';
import type { ContainerFacts, ContainerSpec } from '../runtime.ts';
import { type Place, placeOf } from './place.ts';
import { type ProcessRef, readProcess, withArgument } from './processes.ts';
import { readRecord } from './records.ts';

/** A start of a sandbox: its first process, and when that was. */
export interface Started extends ProcessRef {
  /** The machine's own start that it was since: afterwards a number and a time may be another's. */
  boot: string;
  /** RFC 3339. */
  at: string;
}

/** What a sandbox was made of, and when. */
export interface Made {
  spec: ContainerSpec;
  /** RFC 3339. */
  createdAt: string;
}

/** What SIGKILL makes of an exit code: what left no status behind was ended by it, or with the machine. */
const killed = 137;

/** Of the machine's present start. */
export const bootId = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();

/** @throws ApiError `DOCKER::SANDBOX_NOT_FOUND` */
export function mustFind(root: string, id: string): Place {
  const place = placeOf(root, id);
  if (existsSync(place.spec)) return place;
  throw new ApiError('DOCKER::SANDBOX_NOT_FOUND', `sandbox ${id} has no directory`);
}

/** What one was made of; undefined when there is none. */
export function madeOf(root: string, id: string): Made | undefined {
  return readRecord<Made>(placeOf(root, id).spec);
}

/** Ids of all sandboxes that there are. */
export function idsIn(root: string): string[] {
  try {
    return readdirSync(root).filter((id) => existsSync(placeOf(root, id).spec));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** A sandbox's first process, where it runs. */
export function running(place: Place): ProcessRef | undefined {
  const started = startOf(place);
  return started && isThat(started) ? started : undefined;
}

/** Its last start. A control that died between starting it and writing that down left a process that says whose it is. */
export function startOf(place: Place): Started | undefined {
  const written = readRecord<Started>(place.process);
  if (written) return written;
  const found = withArgument((word) => word === place.status)[0];
  return found && { pid: found.pid, start: found.start, boot: bootId, at: new Date().toISOString() };
}

/** What is to be said of one; undefined when there is none. */
export function factsOf(root: string, id: string): ContainerFacts | undefined {
  const place = placeOf(root, id);
  if (!existsSync(place.spec)) return undefined;
  const started = startOf(place);
  if (started === undefined) return { id, state: 'created', startedAt: '' };
  if (isThat(started)) return { id, state: existsSync(place.stopped) ? 'paused' : 'running', startedAt: started.at };
  return { id, state: 'exited', startedAt: started.at, exitCode: exitCodeOf(place), outOfMemory: false };
}

export function exitCodeOf({ status }: Place): number {
  try {
    return Number.parseInt(readFileSync(status, 'utf8'), 10);
  } catch {
    return killed;
  }
}

function isThat({ pid, start, boot }: Started): boolean {
  return boot === bootId && readProcess(pid)?.start === start;
}
