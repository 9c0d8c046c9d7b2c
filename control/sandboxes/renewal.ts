import { ApiError } from '../../shared/api/errors.ts';

interface Renewal {
  /** What is asked for, ms since the epoch. */
  expiresAt: number;
  now: number;
  /** The administrator's limit, from now on. */
  maxTimeoutSeconds: number | undefined;
}

/**
 * The end that a sandbox gets, which ends at `current` so far. It may be an earlier one: OpenSandbox's specification says
 * otherwise, but its server takes it, and its SDK's pools count on that when they hand a sandbox out for a shorter time.
 *
 * @throws ApiError `DOCKER::INVALID_EXPIRATION`, `DOCKER::EXPIRATION_NOT_EXTENDED`
 */
export function renewalOf(current: number | undefined, { expiresAt, now, maxTimeoutSeconds: max }: Renewal): number {
  if (!Number.isFinite(expiresAt) || expiresAt <= now) throw invalid('a time in the future');
  if (max !== undefined && expiresAt > now + max * 1000) throw invalid(`a time at most ${max} seconds from now`);
  if (current === undefined) {
    throw new ApiError('DOCKER::EXPIRATION_NOT_EXTENDED', 'It has no end to put off: it lives until it is deleted.');
  }
  return expiresAt;
}

function invalid(expected: string): ApiError {
  return new ApiError('DOCKER::INVALID_EXPIRATION', `expiresAt: expected ${expected}`, {
    field: 'expiresAt',
    expected,
  });
}

/** The least that touches put an end off by: so much, or a quarter of what each is worth, so that none is lost. */
const share = 4;

export interface Touch {
  now: number;
  /** An end that would move by less is left where it is. */
  minIntervalSeconds: number;
  maxTimeoutSeconds: number | undefined;
}

/** The later end that a touch gives a sandbox which each touch keeps; undefined: it stays as it is. */
export function endAfterTouch(
  { expiresAt, renewSeconds }: { expiresAt: number | undefined; renewSeconds: number | undefined },
  { now, minIntervalSeconds, maxTimeoutSeconds }: Touch,
): number | undefined {
  if (expiresAt === undefined || renewSeconds === undefined) return undefined;
  const later = now + Math.min(renewSeconds, maxTimeoutSeconds ?? renewSeconds) * 1000;
  const least = Math.min(minIntervalSeconds, renewSeconds / share) * 1000;
  return later - expiresAt >= least ? later : undefined;
}
