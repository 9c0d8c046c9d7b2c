import type { ImageFacts } from '../runtimes/runtime.ts';
import type { NewEvent } from './events.ts';
import type { MetadataPatch } from './metadata.ts';

/** Where a new sandbox's image came from. */
export function imageFound(name: string, { id, pulledMs }: ImageFacts): NewEvent {
  const how = pulledMs === undefined ? 'was there' : `was pulled in ${(pulledMs / 1000).toFixed(1)} s`;
  const kind = pulledMs === undefined ? 'ImageFound' : 'ImagePulled';
  return { scope: 'runtime', kind, message: `The image ${name} (${id}) ${how}.` };
}

/** Its end was put off. */
export function renewed(expiresAt: number): NewEvent {
  const message = `It ends at ${new Date(expiresAt).toISOString()}.`;
  return { scope: 'lifecycle', kind: 'Renewed', message, repeats: true };
}

/** Its end was put off because somebody uses it. */
export function touched(expiresAt: number): NewEvent {
  return { ...renewed(expiresAt), kind: 'RenewedByUse' };
}

/** Its metadata was changed: the keys are told, what they were given is to be seen where it is. */
export function labelled(patch: MetadataPatch): NewEvent {
  const keys = Object.keys(patch).join(', ') || 'nothing';
  return { scope: 'lifecycle', kind: 'MetadataPatched', message: `Keys: ${keys}.`, repeats: true };
}

/** The kernel ended some process in it; the sandbox itself may go on. */
export function memoryRanOut(): NewEvent {
  const message = 'The kernel ended a process because the sandbox was out of memory.';
  return { scope: 'runtime', kind: 'OutOfMemory', message, repeats: true };
}

/** It has more on its disk than it may, and is stopped for that. */
export function diskExceeded(used: number, limit: number): NewEvent {
  const message = `It has ${gibibytes(used)} on its disk, and may have ${gibibytes(limit)}: it is stopped, and starts again when it is used, for files to be deleted.`;
  return { scope: 'runtime', kind: 'DiskExceeded', message, repeats: true };
}

function gibibytes(bytes: number): string {
  return `${(bytes / 1024 ** 3).toFixed(2)} GiB`;
}
