import { statSync } from 'node:fs';
import type { ContainerDescription } from '../runtime.ts';
import { factsOf, type Made, startOf } from './find.ts';
import type { HostOptions } from './options.ts';
import { placeOf } from './place.ts';
import { readRecord } from './records.ts';

/** What is known of a sandbox, for who looks for a fault; its secrets left out. */
export function describe({ directory }: HostOptions, id: string): ContainerDescription | undefined {
  const facts = factsOf(directory, id);
  if (!facts) return undefined;
  const place = placeOf(directory, id);
  const { spec, createdAt } = readRecord<Made>(place.spec)!;
  const ended = facts.state === 'exited' ? statSync(place.status, { throwIfNoEntry: false }) : undefined;
  return {
    engineId: String(startOf(place)?.pid ?? ''),
    name: place.directory,
    image: spec.image,
    state: facts.state,
    createdAt,
    startedAt: facts.startedAt,
    finishedAt: ended?.mtime.toISOString() ?? '',
    exitCode: facts.exitCode ?? 0,
    outOfMemory: false,
    error: '',
    diskIsEnforced: false,
    ociRuntime: '',
    networks: [],
    mounts: [],
    environment: Object.keys(spec.env).sort(),
  };
}
