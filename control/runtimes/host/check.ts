import { accessSync, constants, mkdirSync } from 'node:fs';
import { availableParallelism, release } from 'node:os';
import { ApiError } from '../../../shared/api/errors.ts';
import type { RuntimeFacts } from '../runtime.ts';
import type { HostOptions } from './options.ts';

/** The one warning that is told at every start and by `/health`. */
export const noIsolation =
  'THE HOST RUNTIME ISOLATES NOTHING: whatever runs in a sandbox can do to this machine what this server can';

/** @throws ApiError `DOCKER::INITIALIZATION_ERROR` where sandboxes can't have directories */
export function check({ directory }: HostOptions): RuntimeFacts {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    accessSync(directory, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    const message = `the host runtime can't be used: ${directory} can't be written: ${(error as Error).message}`;
    throw new ApiError('DOCKER::INITIALIZATION_ERROR', message, { cause: error });
  }
  const isRoot = process.getuid?.() === 0;
  return {
    version: `Linux ${release()}`,
    processors: availableParallelism(),
    cgroupVersion: '',
    security: [],
    warnings: [
      `${noIsolation}; it is for development alone`,
      ...(isRoot ? ['this server is root, and so is everything in its sandboxes'] : []),
      'limits of memory, processor, disk, processes and output of commands are not kept by the host runtime',
    ],
    directory,
    ociRuntimes: [],
    diskLimits: 'none',
  };
}
