import { ApiError } from '../../../shared/api/errors.ts';

/** The engine's answer when it refuses: callers decide by `engineStatus` what it means. The text is for people. */
export class EngineRefusal extends ApiError {
  readonly engineStatus: number;

  constructor(what: string, engineStatus: number, message: string) {
    super('ENGINE_UNAVAILABLE', `the engine could not ${what}: ${message}`);
    this.engineStatus = engineStatus;
  }
}

/**
 * True when the engine answered, with one of these statuses where any are given: what it says in words differs from
 * version to version.
 */
export function isRefusal(error: unknown, ...statuses: number[]): error is EngineRefusal {
  return error instanceof EngineRefusal && (statuses.length === 0 || statuses.includes(error.engineStatus));
}

/** The failure of an engine that took too long. */
export function timedOut(what: string, deadline: number): ApiError {
  return new ApiError('ENGINE_TIMEOUT', `the engine could not ${what} within ${deadline} ms`);
}

/** What a failure of the library's means: a refusal where the engine answered, otherwise an engine that can't be reached. */
export function classify(what: string, error: unknown): ApiError {
  const { statusCode, code, json, message } = error as Error & { statusCode?: number; code?: string; json?: unknown };
  if (statusCode !== undefined) {
    const said = (json as { message?: unknown } | null | undefined)?.message;
    return new EngineRefusal(what, statusCode, typeof said === 'string' ? said : message);
  }
  const absent = code === 'ENOENT' || code === 'ECONNREFUSED';
  const why = absent ? `it is not there (${code})` : message;
  return new ApiError('ENGINE_UNAVAILABLE', `the engine could not ${what}: ${why}`, { cause: error });
}
