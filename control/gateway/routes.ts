import type { EventEmitter } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { ApiError } from '../../shared/api/errors.ts';
import { ConnectionPool } from '../../shared/http/connections.ts';
import { type Destination, forward } from '../../shared/http/forward.ts';
import { onwardHeaders, originOf, withheld } from '../../shared/http/forwarded.ts';
import { requestIdOf } from '../../shared/http/request-id.ts';
import { forwardUpgrade, refuseUpgrade } from '../../shared/http/upgrade.ts';
import { tokenHeader } from '../sandboxes/agent.ts';
import type { Sandboxes } from '../sandboxes/sandboxes.ts';
import { Activity } from './activity.ts';
import { doors } from './doors.ts';
import { egressHeader } from './egress-secret.ts';
import { type Entrance, enter } from './entrance.ts';
import { apiKeyHeader, type Keys } from './keys.ts';
import type { Passes } from './passes.ts';
import { agentPorts } from './ports.ts';
import { signatureHeaders } from './signature-headers.ts';

export interface GatewayOptions {
  sandboxes: Sandboxes;
  keys: Keys;
  passes: Passes;
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
  readonly #pools = new Map<string, ConnectionPool>();
  readonly #activity: Activity;

  constructor(options: GatewayOptions) {
    this.#options = options;
    const { renewals, store } = options.sandboxes;
    this.#activity = new Activity((id) => renewals.touch(store.get(id)), renewals.touchEveryMs);
    options.sandboxes.onGone((id) => {
      this.#pools.get(id)?.destroy();
      this.#pools.delete(id);
    });
  }

  /** Routes for every method and path below a sandbox's doors. */
  routes(app: FastifyInstance): void {
    // Before Fastify looks at the body, which goes on unread.
    app.addHook('preParsing', async (request, reply, body) => {
      const entrance = this.#enter(request.raw, reply.raw);
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
      const upgrade = () => {
        try {
          const destination = this.#destination(request, ours['x-request-id'], this.#enter(request, socket));
          forwardUpgrade(request, { socket, head, closing: app.closing, ours }, destination);
        } catch (error) {
          refuse(error);
        }
      };
      const led = this.#options.lead(request);
      if (!led) return upgrade();
      // Until it is passed on nobody else listens for what becomes of the client.
      socket.on('error', () => undefined);
      led.then(() => !socket.destroyed && upgrade(), refuse);
    });
    app.addHook('onClose', async () => {
      this.#activity.close();
      for (const pool of this.#pools.values()) pool.destroy();
      this.#pools.clear();
    });
  }

  /** Lets in who may, which is a touch, and so is what goes on until `end` is closed. @throws ApiError as `enter` */
  #enter(request: IncomingMessage, end: EventEmitter): Entrance {
    const entrance = enter(request, this.#options);
    const { sandbox } = entrance;
    this.#options.sandboxes.renewals.touch(sandbox);
    if (sandbox.renewSeconds !== undefined) this.#activity.follow(sandbox.id, request.socket, end);
    return entrance;
  }

  #destination(request: IncomingMessage, requestId: string, entrance: Entrance): Destination {
    const { sandbox, port, prefix, rest, bearsKey } = entrance;
    const headers = onwardHeaders(request, {
      host: 'agent',
      origin: originOf(request, { prefix, trusted: false }),
      withhold: bearsKey ? withholdKeys : withhold,
    });
    return {
      via: this.#pool(sandbox.id),
      path: agentPorts.has(port) ? rest : `/proxy/${port}${rest}`,
      headers: [...headers, tokenHeader, sandbox.token, 'x-request-id', requestId],
      unreachable: (cause) =>
        cause instanceof ApiError
          ? cause
          : new ApiError('AGENT_UNREACHABLE', `The sandbox’s agent does not answer: ${cause.message}`, { cause }),
    };
  }

  #pool(id: string): ConnectionPool {
    const known = this.#pools.get(id);
    if (known) return known;
    const pool = new ConnectionPool(() => this.#options.sandboxes.runtime.connect(id));
    this.#pools.set(id, pool);
    return pool;
  }
}
