import type { Sandboxes } from '../sandboxes/sandboxes.ts';
import type { Storage } from '../storage/open.ts';
import type { Transfers } from '../transfers/transfers.ts';
import type { Workspaces } from '../workspaces/workspaces.ts';
import { Leases } from './leases.ts';
import { Resources } from './resources.ts';
import { TaskStore } from './task-store.ts';
import { Tasks } from './tasks.ts';
import { Terminal } from './terminal.ts';
import { type SigningKey, Users } from './users.ts';
import { workspaceRequest } from './workspace-request.ts';

export interface SlotOptions {
  storage: Storage;
  workspaces: Workspaces;
  sandboxes: Sandboxes;
  transfers: Transfers;
  /** As the administrator decided them. */
  settings: { signingKeys: readonly SigningKey[]; image: string; template?: string | undefined };
  log(message: string, details: object): void;
}

/** All that is behind the routes of LobeHub's self-hosted slot. */
export interface Slot {
  users: Users;
  terminal: Terminal;
  tasks: Tasks;
}

/** Puts it together. The routes begin with what an earlier process has left; `tasks.close()` ends it. */
export function slotOf({ storage, workspaces, sandboxes, transfers, settings, log }: SlotOptions): Slot {
  const request = workspaceRequest(settings);
  const terminal = new Terminal({ workspaces, sandboxes, leases: new Leases(storage), request });
  const resources = new Resources({ sandboxes, terminal, transfers });
  const tasks = new Tasks({ store: new TaskStore(storage), terminal, resources, log });
  return { users: new Users(settings.signingKeys), terminal, tasks };
}
