import { ApiError } from '../../shared/api/errors.ts';

const secondsOf: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86_400 };
const expected = 'a duration as 10m, 1h30m or 2d, or an RFC 3339 time';

/**
 * The time that `since` means: so long ago, as OpenSandbox has it, or at that time.
 * @throws ApiError `INVALID_PARAMETER`
 */
export function sinceOf(text: string | undefined, now: number): Date | undefined {
  if (text === undefined) return undefined;
  const trimmed = text.trim().toLowerCase();
  const time = /^(\d{1,9}\s*[smhd]\s*)+$/.test(trimmed) ? ago(trimmed, now) : instant(trimmed);
  // A clock's limits, as JavaScript has them.
  if (time !== undefined && Math.abs(time) <= 8.64e15) return new Date(Math.max(0, time));
  throw new ApiError('INVALID_PARAMETER', `since: expected ${expected}, got ${text.slice(0, 50)}`, {
    field: 'since',
    expected,
  });
}

function ago(text: string, now: number): number {
  const seconds = [...text.matchAll(/(\d+)\s*([smhd])/g)].map(([, count, unit]) => Number(count) * secondsOf[unit!]!);
  return now - seconds.reduce((sum, one) => sum + one) * 1000;
}

function instant(text: string): number | undefined {
  if (!/^\d{4}-\d\d-\d\d[t ]\d\d:\d\d:\d\d(\.\d{1,9})?(z|[+-]\d\d:\d\d)$/.test(text)) return undefined;
  const time = Date.parse(text.toUpperCase().replace(' ', 'T'));
  return Number.isNaN(time) ? undefined : time;
}
