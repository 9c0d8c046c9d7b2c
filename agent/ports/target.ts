import { ApiError } from '../../shared/api/errors.ts';

/** What a request through /proxy/ is for. */
export interface Target {
  port: number;
  /** Path and query for the program behind the port, as the client spelled them. */
  path: string;
  /** What was cut off the front. */
  prefix: string;
}

/**
 * Reads `/proxy/{port}/...` off a URL as it came over the wire. There is one spelling for each port: a number that a check
 * reads otherwise than the program behind it opens another port than the one that was allowed. So nothing is decoded, and
 * signs, leading zeros, spaces, escapes and other bases are refused. @throws `INVALID_PORT`
 */
export function targetOf(url: string): Target {
  const match = /^\/proxy\/([1-9]\d{0,4})(?=[/?]|$)/.exec(url);
  const port = Number(match?.[1]);
  if (!match || port > 65535) {
    throw new ApiError('INVALID_PORT', `${url.slice(0, 100)} names no port.`, {
      field: 'port',
      expected: 'a number from 1 to 65535 after /proxy/, in plain digits without sign, leading zero or escapes',
    });
  }
  const rest = url.slice(match[0].length);
  return { port, prefix: match[0], path: rest.startsWith('/') ? rest : `/${rest}` };
}
