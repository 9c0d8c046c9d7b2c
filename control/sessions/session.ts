import { ApiError } from '../../shared/api/errors.ts';
import type { CreateSandboxRequest } from '../../shared/api/sandboxes.ts';
import type { CreateSessionRequest, SessionStatus, TemplateSession } from '../../shared/api/template-sessions.ts';
import type { Sandboxes } from '../sandboxes/sandboxes.ts';
import type { SandboxRow } from '../sandboxes/store.ts';

/** What marks a sandbox as a session, and tells what only sessions have. */
export const sessionLabel = 'cubby.dev/session';

const usualTimeoutSeconds = 300;

/** What a session's sandbox is made with. `entrypoint`: what its template says, or what keeps one without. */
export function sandboxRequest(asked: CreateSessionRequest, entrypoint: string[]): CreateSandboxRequest {
  const { template_id: template, timeout, max_lifetime: maxLifetimeSeconds, env_vars: env } = asked;
  const { cpu, memory, disk } = { ...asked, ...asked.resources };
  return {
    template,
    entrypoint,
    idle: { deleteAfterSeconds: timeout ?? usualTimeoutSeconds },
    ...(maxLifetimeSeconds != null && { maxLifetimeSeconds }),
    resourceLimits: { ...(cpu != null && { cpu }), ...(memory != null && { memory }), ...(disk != null && { disk }) },
    ...(env && { env }),
    metadata: { [sessionLabel]: '1' },
  };
}

/** The sandbox of a session. @throws ApiError `SESSION_NOT_FOUND` */
export function sessionRow(sandboxes: Sandboxes, id: string): SandboxRow {
  const row = sandboxes.store.get(id);
  if (row && sessionLabel in row.metadata) return row;
  throw new ApiError(
    'SESSION_NOT_FOUND',
    `There is no session ${id.slice(0, 100)}; one that has ended is told of for an hour.`,
    {
      field: 'id',
    },
  );
}

/** A sandbox as a session. */
export function shownSession(row: SandboxRow, runtime: string): TemplateSession {
  const { limits, idle } = row;
  return {
    session_id: row.id,
    id: row.id,
    ...(row.template && { template_id: row.template.name }),
    status: statusOf(row),
    runtime_type: runtime,
    resources: {
      ...(limits.cpu !== undefined && { cpu: String(limits.cpu) }),
      ...(limits.memory !== undefined && { memory: sizeOf(limits.memory) }),
      ...(limits.disk !== undefined && { disk: sizeOf(limits.disk) }),
    },
    ...(idle && { timeout: idle.deleteAfterSeconds }),
    created_at: new Date(row.createdAt).toISOString(),
    updated_at: new Date(row.transitionAt).toISOString(),
    message: row.message,
  };
}

const timeouts = new Set(['ttl_expiry', 'idle_expiry', 'max_lifetime']);

function statusOf({ state, reason }: SandboxRow): SessionStatus {
  if (state === 'Pending') return 'creating';
  if (state === 'Failed') return 'failed';
  if (state !== 'Terminated') return 'running';
  return timeouts.has(reason) ? 'timeout' : reason === 'user_delete' ? 'terminated' : 'completed';
}

function sizeOf(bytes: number): string {
  const gibibytes = bytes / 2 ** 30;
  return Number.isInteger(gibibytes) ? `${gibibytes}Gi` : `${Math.floor(bytes / 2 ** 20)}Mi`;
}
