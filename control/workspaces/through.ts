import type { IncomingMessage } from 'node:http';
import { ApiError } from '../../shared/api/errors.ts';
import { requireDoorKey } from '../gateway/entrance.ts';
import type { Passes } from '../gateway/passes.ts';
import { type Access, requireOwn } from './access.ts';
import { keyIn, type WorkspaceKey } from './key.ts';
import { partsOf } from './path.ts';
import type { Workspaces } from './workspaces.ts';

export interface ThroughOptions {
  workspaces: Workspaces;
  access: Access;
  passes: Passes;
}

/** What leads into the sandbox, and wakes it: everything else is about it, and takes it as it is. */
const doors = /^\/(?:proxy\/(?!18080(?:[/?]|$))|ports\/)/;

/** The way through a workspace to all that its sandbox has. */
export class Through {
  readonly #options: ThroughOptions;

  constructor(options: ThroughOptions) {
    this.#options = options;
  }

  /** Undefined: the request is no such one. Else as `bring`, when the sandbox runs or is known not to. */
  lead(request: IncomingMessage): Promise<void> | undefined {
    return request.url?.startsWith('/v1/workspaces/') ? this.bring(request) : undefined;
  }

  /**
   * Lets a request for `/v1/workspaces/KEY/…` in and makes it one for `/v1/sandboxes/ID/…`. Its own door decides nothing anew: it
   * has a pass. Who may not come in is not told whether there is such a workspace.
   * @throws ApiError who may not, `INVALID_WORKSPACE_KEY`, `WORKSPACE_NOT_FOUND`, `WORKSPACE_HAS_NO_SANDBOX`, and why it can't be woken, or made
   */
  async bring(request: IncomingMessage): Promise<void> {
    const { workspaces, access, passes } = this.#options;
    const { prefix, segment, rest } = partsOf(request.url ?? '');
    const isDoor = doors.test(rest);
    const caller = isDoor ? access.find(request, { anyBody: true }) : access.require(request);
    const key = keyIn(segment);
    if (caller) requireOwn(caller, key);
    else this.#requireDoorKey(request, key, rest);
    const known = workspaces.get(key);
    // The first that comes to one that is only provisioned has its sandbox made, whatever it comes for.
    const enters = isDoor || known.sandboxId === undefined;
    const sandbox = enters ? await workspaces.awake(key) : workspaces.sandboxOf(known);
    if (!sandbox) {
      const message = 'The workspace has no sandbox: it has ended, or was deleted. PUT gives it another.';
      throw new ApiError('WORKSPACE_HAS_NO_SANDBOX', message, { field: 'key' });
    }
    request.url = `/v1/sandboxes/${sandbox.id}${rest}`;
    passes.open(request, { id: sandbox.id, prefix });
  }

  #requireDoorKey({ headers }: IncomingMessage, key: WorkspaceKey, rest: string): void {
    const { workspaces } = this.#options;
    const row = workspaces.store.get(key);
    const sandbox = row && workspaces.sandboxOf(row);
    requireDoorKey(`/v1/sandboxes/${sandbox?.id ?? 'none'}${rest}`, sandbox, headers);
  }
}
