import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';

/** How often a closing server looks for connections that have become idle. */
const lookMs = 50;

/**
 * When the app closes it waits for answers on their way and for no other connection. Node's server waits a minute and more for two kinds: those
 * that have not asked anything yet, as clients open them in advance, and those that had an answer after the close began, and are kept.
 */
export function closePromptly(app: FastifyInstance): void {
  const { server } = app;
  const silent = new Set<Socket>();
  const asked = ({ socket }: IncomingMessage) => silent.delete(socket);
  // Only servers of TLS have that method; to ask for their class would load TLS at the start of every sandbox.
  server.on('setSecureContext' in server ? 'secureConnection' : 'connection', (socket: Socket) => {
    silent.add(socket);
    socket.once('close', () => silent.delete(socket));
  });
  server.on('request', asked).on('upgrade', asked);
  app.addHook('preClose', async () => {
    for (const socket of silent) socket.destroy();
    const looking = setInterval(() => server.closeIdleConnections(), lookMs).unref();
    server.once('close', () => clearInterval(looking));
  });
}
