/** What the log tells of a request. */
interface LoggedRequest {
  method: string;
  url: string;
  host: string;
  ip: string;
}

/**
 * A request as the log has it. The secret in a path to a port would open that port to whoever reads the log, and a query may
 * hold secrets of the program's own.
 */
export function loggedRequest({ method, url, host, ip }: LoggedRequest): object {
  const shown = url.replace(/\?.*$/s, '?…').replace(/(\/ports\/)[^/]+/, '$1…');
  return { method, url: shown, host, remoteAddress: ip };
}
