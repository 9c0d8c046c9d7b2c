import type { ApiError, ErrorCode } from '../../shared/api/errors.ts';

/** What LobeHub's clients know errors by. After the first three nothing was done, and some of them try again. */
const names: Partial<Record<ErrorCode, string>> = {
  ENGINE_UNAVAILABLE: 'no_worker',
  ENGINE_TIMEOUT: 'no_worker',
  AGENT_UNREACHABLE: 'worker_offline',
  'DOCKER::SANDBOX_NOT_RUNNING': 'worker_offline',
  CAPACITY_EXCEEDED: 'session_capacity_exceeded',
  TOO_MANY_SESSIONS: 'session_capacity_exceeded',
  SESSION_NOT_FOUND: 'session_not_found',
  INVALID_REQUEST_BODY: 'invalid_payload',
  FILE_NOT_FOUND: 'file_not_found',
  RUNTIME_ERROR: 'execution_failed',
};

/** An error's name for LobeHub: its code in small letters where there is no other. */
export function codeName({ code }: Pick<ApiError, 'code'>): string {
  return names[code] ?? code.replaceAll('::', '_').toLowerCase();
}
