import { ApiError } from '../../shared/api/errors.ts';

const ofThisMachine = ['localhost', '127.0.0.1', '[::1]'];

/**
 * Refuses what a page of another site sends by a browser. MCP asks for it: a name of that site's may lead to this machine. Programs
 * send no Origin. @throws ApiError `ORIGIN_NOT_ALLOWED`
 */
export function requireOwnOrigin(origin: string | undefined, publicHost: string | undefined): void {
  if (origin === undefined) return;
  const allowed = [...ofThisMachine, ...(publicHost === undefined ? [] : [hostIn(`http://${publicHost}`)])];
  if (allowed.includes(hostIn(origin))) return;
  throw new ApiError('ORIGIN_NOT_ALLOWED', 'The request comes from a page of a site that this server does not know.', {
    field: 'origin',
    expected: 'no Origin, or that of this server’s public host',
  });
}

function hostIn(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).hostname : undefined;
}
