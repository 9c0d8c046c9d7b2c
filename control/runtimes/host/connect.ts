import type { Socket } from 'node:net';
import { ApiError } from '../../../shared/api/errors.ts';
import { dial } from '../dial.ts';
import { running } from './find.ts';
import type { HostOptions } from './options.ts';
import { placeOf } from './place.ts';

/** A new connection to a sandbox's agent. */
export async function connect({ directory }: HostOptions, id: string): Promise<Socket> {
  const place = placeOf(directory, id);
  const unreachable = (why: string, cause?: unknown) =>
    new ApiError('AGENT_UNREACHABLE', `sandbox ${id}: ${why}`, { cause });
  try {
    return await dial(`${place.sockets}/agent.sock`);
  } catch (error) {
    if (!running(place)) throw unreachable('it does not run', error);
    throw unreachable((error as Error).message, error);
  }
}
