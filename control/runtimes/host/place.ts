import { join } from 'node:path';
import { ApiError } from '../../../shared/api/errors.ts';

/** Where everything of one sandbox is. */
export interface Place {
  directory: string;
  /** The user's: HOME, and where commands start. */
  home: string;
  /** Of the agent's socket. */
  sockets: string;
  /** Of commands' output and kernels' sockets, whose paths may have 107 bytes: so it lies where paths are short. */
  spool: string;
  log: string;
  /** How it ended, as init wrote it. */
  status: string;
  /** What it was made of. */
  spec: string;
  /** Which process it is, since its last start. */
  process: string;
  /** Processes that were stopped before it was paused, while it is. */
  stopped: string;
  /** What the user's processes get as their environment, for the agent. */
  environ: string;
}

/** @throws ApiError `DOCKER::SANDBOX_NOT_FOUND` for what can't be a sandbox id: it is part of a path */
export function placeOf(root: string, id: string): Place {
  if (!/^[a-zA-Z0-9][a-zA-Z0-9_-]{0,127}$/.test(id)) {
    throw new ApiError('DOCKER::SANDBOX_NOT_FOUND', `there is no sandbox ${JSON.stringify(id.slice(0, 64))}`);
  }
  const directory = join(root, id);
  const below = (name: string) => join(directory, name);
  return {
    directory,
    home: below('home'),
    sockets: below('run'),
    spool: `/tmp/cubby-host-${id}`,
    log: below('log'),
    status: below('status'),
    spec: below('spec.json'),
    process: below('process.json'),
    stopped: below('stopped.json'),
    environ: below('environ'),
  };
}
