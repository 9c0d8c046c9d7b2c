import type { EnsuredWorkspace, Workspace } from '../../shared/api/workspaces.ts';
import { shown as shownSandbox } from '../sandboxes/shown.ts';
import type { SandboxRow } from '../sandboxes/store.ts';
import { nameOf } from './key.ts';
import type { WorkspaceRow } from './store.ts';
import type { Ensured } from './workspaces.ts';

/** A row as the API shows it, with its sandbox if that is told of. */
export function shown(row: WorkspaceRow, sandbox: SandboxRow | undefined): Workspace {
  return {
    key: nameOf(row),
    issuer: row.issuer,
    subject: row.subject,
    state: sandbox?.state ?? (row.sandboxId === undefined ? 'Provisioned' : 'None'),
    ...(sandbox && { sandbox: shownSandbox(sandbox) }),
    createdAt: new Date(row.createdAt).toISOString(),
  };
}

/** The same, of one with a sandbox that runs. */
export function shownEnsured({ workspace, sandbox, created, previous }: Ensured): EnsuredWorkspace {
  return {
    ...shown(workspace, sandbox),
    sandbox: shownSandbox(sandbox),
    created,
    ...(previous && {
      previous: { id: previous.id, ...(previous.sandbox && { status: shownSandbox(previous.sandbox).status }) },
    }),
  };
}
