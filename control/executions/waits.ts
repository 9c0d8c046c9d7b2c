import { ApiError } from '../../shared/api/errors.ts';

/** Nobody is kept waiting for longer on one request. */
const mostSeconds = 300;

/** How long a caller wants to wait for an end, as `?wait=` or `Prefer: wait=` (RFC 7240) say; undefined: not at all. */
export interface Wait {
  seconds: number;
  /** Said by the header, which is answered by one. */
  preferred: boolean;
}

/** Reads it from both; the query goes first. */
export function waitOf(query: number | undefined, prefer: string | undefined): Wait | undefined {
  if (query !== undefined) return { seconds: Math.min(query, mostSeconds), preferred: false };
  const seconds = /(?:^|[\s,;])wait\s*=\s*"?(\d{1,9})"?(?:$|[\s,;])/i.exec(prefer ?? '')?.[1];
  return seconds === undefined ? undefined : { seconds: Math.min(Number(seconds), mostSeconds), preferred: true };
}

/** Aborted when the wait is over, or its caller has gone. */
export function waitSignal({ seconds }: Wait, gone: AbortSignal): AbortSignal {
  return AbortSignal.any([gone, AbortSignal.timeout(seconds * 1000)]);
}

/** @throws ApiError `INVALID_PARAMETER` */
export function requireStatuses<T extends string>(known: readonly T[], asked: string | string[] | undefined): T[] {
  return [asked ?? []].flat().map((text) => {
    const found = known.find((status) => status === text);
    if (found) return found;
    const expected = known.join(', ');
    throw new ApiError('INVALID_PARAMETER', `status: expected one of ${expected}`, { field: 'status', expected });
  });
}
