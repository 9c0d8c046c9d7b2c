import { ApiError } from '../../shared/api/errors.ts';
import type { Config } from '../config/schema.ts';

/**
 * Why the server could not start, for the person who started it. What the machine refused is one sentence; anything else is a
 * defect of ours, and comes with its stack.
 */
export function explainStartError(error: unknown, { server, runtime }: Config): string {
  if (!(error instanceof Error)) return String(error);
  const { code, syscall, path } = error as NodeJS.ErrnoException;
  const place = `server.port, server.host: expected an address and port that are free, found ${server.host} port ${server.port}`;
  if (code === 'EADDRINUSE') return `${place}, which another program listens on`;
  if (code === 'EACCES' && syscall === 'listen') return `${place}, which this user may not listen on`;
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') return `${place}, which this machine does not have`;
  if (code === 'ENOENT' && path === runtime.pack)
    return `runtime.pack: expected the agent pack, found nothing at ${path}; \`npm run build\` makes it`;
  if (error instanceof ApiError) return `${error.message} (${error.code})`;
  return syscall === undefined ? (error.stack ?? error.message) : error.message;
}
