import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import { ApiError } from '../../shared/api/errors.ts';
import { forwardUpgrade, refuseUpgrade } from '../../shared/http/upgrade.ts';
import { destinationOf } from './destination.ts';

export interface UpgradeOptions {
  /** Whether the request brings the agent's token. */
  authorized: (request: IncomingMessage) => boolean;
  /** Ends every connection; a server's close does not, and waits for them. */
  closing: AbortSignal;
}

/**
 * Whether a request for another protocol is one for a port. Give it to the server as `shouldUpgradeCallback`: Node then
 * treats every other as a plain request. Java's client asks for `h2c` with whatever it sends, which means nothing here either.
 */
export function isPortUpgrade({ url = '', headers }: IncomingMessage): boolean {
  return url.startsWith('/proxy/') && headers.upgrade?.toLowerCase() !== 'h2c';
}

/** Lets WebSockets, and whatever else begins as an upgrade, through to the ports of the sandbox. */
export function upgradePorts(server: Server, { authorized, closing }: UpgradeOptions): void {
  server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    if (!isPortUpgrade(request)) return;
    socket.on('error', () => undefined);
    try {
      if (!authorized(request))
        throw new ApiError('INVALID_ACCESS_TOKEN', 'Unauthorized: invalid or missing access token', {
          field: 'x-execd-access-token',
        });
      forwardUpgrade(request, { socket, head, closing }, destinationOf(request));
    } catch (error) {
      refuseUpgrade(socket, error instanceof ApiError ? error : unexpected(error));
    }
  });
}

function unexpected(cause: unknown): ApiError {
  return new ApiError('RUNTIME_ERROR', 'The connection could not be passed on.', { cause });
}
