import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { ApiError } from '../../shared/api/errors.ts';
import { type Destination, forward } from '../../shared/http/forward.ts';
import { onwardHeaders, originOf, withheld } from '../../shared/http/forwarded.ts';
import { requestIdOf } from '../../shared/http/request-id.ts';
import { forwardUpgrade, refuseUpgrade, type Upgrading } from '../../shared/http/upgrade.ts';
import { tokenHeader } from '../sandboxes/agent.ts';
import type { Sandboxes } from '../sandboxes/sandboxes.ts';
import { doors } from './doors.ts';
import { egressHeader } from './egress-secret.ts';
import { type Entrance, enter } from './entrance.ts';
import { apiKeyHeader, type Keys } from './keys.ts';
import type { Passes } from './passes.ts';
import { agentPorts } from './ports.ts';
import { Presence } from './presence.ts';
import { signatureHeaders } from './signature-headers.ts';

export interface GatewayOptions {
  sandboxes: Sandboxes;
  keys: Keys;
  passes: Passes;
  /** Compares one sandbox with the engine. Never rejects. */
  settle(id: string): Promise<void>;
  /** Brings a request that knows its sandbox by another name to that sandbox's door; undefined: it is there already. */
  lead(request: IncomingMessage): Promise<void> | undefined;
}

/** What is Cubby's own and goes no further; the agent gets its token anew. */
const ours = [apiKeyHeader, tokenHeader, egressHeader, 'x-request-id', ...Object.values(signatureHeaders)];
const withhold = withheld(...ours);
const withholdKeys = withheld(...ours, 'authorization');

/** The way into sandboxes: checks who comes, then passes HTTP, event streams and WebSockets on to the agent, bodies unread. */
export class Gateway {
  readonly #options: GatewayOptions;
  readonly #presence: Presence;

  constructor(options: GatewayOptions) {
    this.#options = options;
    this.#presence = new Presence(options.sandboxes, options.settle);
  }

  /** Routes for every method and path below a sandbox's doors. */
  routes(app: FastifyInstance): void {
    // Before Fastify looks at the body, which goes on unread.
    app.addHook('preParsing', async (request, reply, body) => {
      const entrance = enter(request.raw, this.#options);
      const { ready } = this.#presence.come(entrance.sandbox, request.raw, reply.raw);
      if (ready) {
        await ready;
        if (reply.raw.destroyed) return void reply.hijack();
      }
      await forward(request, reply, { ...this.#destination(request.raw, request.id, entrance), body });
    });
    for (const { url, schema } of doors) app.all(url, { schema }, () => undefined);
  }

  /** Takes over requests for another protocol, as a WebSocket's. */
  upgrades(app: FastifyInstance): void {
    app.server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
      const ours = { 'x-request-id': requestIdOf(request) };
      const refuse = (error: unknown) => {
        const known = error instanceof ApiError;
        if (!known) app.log.error({ err: error }, 'an upgrade failed');
        refuseUpgrade(
          socket,
          known ? error : new ApiError('GENERAL::UNKNOWN_ERROR', 'Something went wrong here.'),
          ours,
        );
      };
      const upgrade = async () => {
        try {
          await this.#upgrade(request, { socket, head, closing: app.closing, ours });
        } catch (error) {
          refuse(error);
        }
      };
      const led = this.#options.lead(request);
      // Until it is passed on nobody else listens for what becomes of the client.
      socket.on('error', () => undefined);
      if (!led) return void upgrade();
      led.then(() => (socket.destroyed ? undefined : upgrade()), refuse);
    });
    app.addHook('onClose', async () => {
      this.#presence.close();
      this.#options.sandboxes.connections.close();
    });
  }

  /** Sends a request for another protocol on, when its sandbox is awake. @throws ApiError as `enter`, and why it can't be woken */
  async #upgrade(request: IncomingMessage, upgrading: Upgrading): Promise<void> {
    const { socket, ours } = upgrading;
    const entrance = enter(request, this.#options);
    const { ready, joined } = this.#presence.come(entrance.sandbox, request, socket);
    if (ready) await ready;
    if (socket.destroyed) return;
    forwardUpgrade(
      request,
      { ...upgrading, joined },
      this.#destination(request, String(ours?.['x-request-id']), entrance),
    );
  }

  #destination(request: IncomingMessage, requestId: string, entrance: Entrance): Destination {
    const { sandbox, port, prefix, rest, bearsKey } = entrance;
    const headers = onwardHeaders(request, {
      host: 'agent',
      origin: originOf(request, { prefix, trusted: false }),
      withhold: bearsKey ? withholdKeys : withhold,
    });
    return {
      via: this.#options.sandboxes.connections.of(sandbox.id),
      path: agentPorts.has(port) ? rest : `/proxy/${port}${rest}`,
      headers: [...headers, tokenHeader, sandbox.token, 'x-request-id', requestId],
      unreachable: (cause) =>
        cause instanceof ApiError
          ? cause
          : new ApiError('AGENT_UNREACHABLE', `The sandbox’s agent does not answer: ${cause.message}`, { cause }),
    };
  }
}
