import { validateHeaderName, validateHeaderValue } from 'node:http';
import { ApiError } from '../../shared/api/errors.ts';

/** What belongs to the connection, or follows from URL and file. */
const own = new Set([
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Header fields of a request as they go to a store, in lower case. @throws ApiError `INVALID_REQUEST_BODY` */
export function storeHeaders(given: Readonly<Record<string, string>>, field: string): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(given)) {
    try {
      validateHeaderName(name);
      validateHeaderValue(name, value);
    } catch {
      const expected = 'a name and a value of HTTP';
      const shown = `${field}.${name.slice(0, 100)}`;
      throw new ApiError('INVALID_REQUEST_BODY', `${shown}: expected ${expected}`, { field: shown, expected });
    }
    if (!own.has(name.toLowerCase())) headers[name.toLowerCase()] = value;
  }
  return headers;
}
