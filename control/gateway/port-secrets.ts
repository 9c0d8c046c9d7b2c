import { createHmac } from 'node:crypto';
import { sameSecret } from '../../shared/http/access.ts';

/** Letters of the code itself; behind a hyphen may follow when it ends, seconds since 1970 in base 36. */
const codeLength = 32;

/**
 * The part of a path that opens one port of one sandbox, for its whole life or until a time. Made from a secret of the
 * sandbox's that nobody is told, so that a link to one port is a link to that port alone, and nothing has to be kept of it.
 * `expires`: seconds since 1970.
 */
export function portSecret(sandboxSecret: string, port: number, expires?: number): string {
  const ends = expires === undefined ? '' : `-${expires.toString(36)}`;
  return `${codeOf(sandboxSecret, `${port}${ends}`)}${ends}`;
}

/** True when `given` opens this port now. `now`: ms since the epoch. */
export function opensPort(given: string, sandboxSecret: string, { port, now }: { port: number; now: number }): boolean {
  const [, code, ends = ''] = new RegExp(`^([\\w-]{${codeLength}})(-[0-9a-z]{1,11})?$`).exec(given) ?? [];
  if (!sameSecret(code, codeOf(sandboxSecret, `${port}${ends}`))) return false;
  return ends === '' || now < Number.parseInt(ends.slice(1), 36) * 1000;
}

function codeOf(sandboxSecret: string, what: string): string {
  return createHmac('sha256', sandboxSecret).update(what).digest('base64url').slice(0, codeLength);
}
