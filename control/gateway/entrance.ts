import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { ApiError } from '../../shared/api/errors.ts';
import { sameSecret } from '../../shared/http/access.ts';
import { tokenHeader } from '../sandboxes/agent.ts';
import type { Sandboxes } from '../sandboxes/sandboxes.ts';
import type { SandboxRow } from '../sandboxes/store.ts';
import { isAsleep } from '../sandboxes/tiers.ts';
import { type Keys, keyIn } from './keys.ts';
import type { Passes } from './passes.ts';
import { opensPort } from './port-secrets.ts';
import { agentPorts, egressPort, portOf } from './ports.ts';

/** A request that may enter, and where it goes. */
export interface Entrance {
  sandbox: SandboxRow;
  port: number;
  /** What stands before `/proxy/PORT`, which is the agent's own way to a port, as the client has it. */
  prefix: string;
  /** Path and query for the receiver, as the client wrote them. */
  rest: string;
  /** True when `Authorization` holds a key of Cubby's own, which is nobody's business behind the gateway. */
  bearsKey: boolean;
}

interface Doorway extends Pick<Entrance, 'port' | 'prefix' | 'rest'> {
  id: string;
  /** Where the path brings that port's secret along. */
  secret: string | undefined;
}

/** `/sandboxes/ID/proxy/PORT/…` asks for a header, `/sandboxes/ID/ports/SECRET/proxy/PORT/…` brings that port's secret along. */
const shape = /^((?:\/v1)?\/sandboxes\/([\w-]{1,100})(?:\/ports\/([\w-]{1,100}))?)\/proxy\/([^/?#]{1,50})(.*)$/s;

/**
 * Decides who may enter, from the URL as it is on the wire: what one part of a proxy decodes and the next doesn't is how doors
 * open that nobody meant to. A sandbox that is asleep is still to be woken.
 * @throws ApiError `ROUTE_NOT_FOUND`, `INVALID_PORT`, `INVALID_ACCESS_TOKEN`, `DOCKER::SANDBOX_NOT_FOUND`, `DOCKER::SANDBOX_NOT_RUNNING`
 */
export function enter(
  request: IncomingMessage,
  { sandboxes, keys, passes }: { sandboxes: Sandboxes; keys: Keys; passes: Passes },
): Entrance {
  const doorway = doorwayAt(request.url ?? '');
  const { id, port, prefix, rest } = doorway;
  const isApiKey = keys.isApiKey(keyIn(request.headers));
  const sandbox = sandboxes.get(id);
  const passed = passes.prefixFor(request, id);
  const mayEnter = doorway.secret === undefined && (isApiKey || passed !== undefined);
  if (!mayEnter && !opens(doorway, sandbox, request.headers)) throw shut(doorway);
  if (!isAsleep(sandbox)) sandboxes.mustRun(sandbox);
  const bearsKey = request.headers.authorization !== undefined && keys.isKey(bearerOf(request));
  const seen = passed === undefined ? prefix : passed + prefix.slice(prefix.indexOf(id) + id.length);
  return { sandbox, port, prefix: seen, rest: rest.startsWith('/') ? rest : `/${rest}`, bearsKey };
}

/** Lets in whoever brings what opens a door by itself. @throws ApiError `ROUTE_NOT_FOUND`, `INVALID_PORT`, `INVALID_ACCESS_TOKEN` */
export function requireDoorKey(url: string, sandbox: SandboxRow | undefined, headers: IncomingHttpHeaders): void {
  const doorway = doorwayAt(url);
  if (!sandbox || !opens(doorway, sandbox, headers)) throw shut(doorway);
}

function doorwayAt(url: string): Doorway {
  const [, prefix = '', id = '', secret, portText = '', rest = ''] = shape.exec(url) ?? [];
  if (!id) throw new ApiError('ROUTE_NOT_FOUND', 'There is no such way into a sandbox.');
  const port = portOf(portText);
  // What there is at that port has routes of its own; nothing behind the gateway listens there.
  if (port === egressPort) throw new ApiError('ROUTE_NOT_FOUND', `There is no such path at port ${port}.`);
  return { id, port, prefix, rest, secret };
}

function opens({ port, secret }: Doorway, sandbox: SandboxRow, headers: IncomingHttpHeaders): boolean {
  // Whoever was given the secret of a program's port, in a link to a preview as it may be, has no business with the agent.
  if (secret !== undefined) {
    return !agentPorts.has(port) && opensPort(secret, sandbox.portSecret, { port, now: Date.now() });
  }
  const given = headers[tokenHeader];
  return sameSecret(typeof given === 'string' ? given : undefined, sandbox.token);
}

function shut({ secret }: Doorway): ApiError {
  if (secret !== undefined) {
    const message = 'Unauthorized: this is no link to that port of this sandbox, or its time is up.';
    return new ApiError('INVALID_ACCESS_TOKEN', message, { field: 'path' });
  }
  return new ApiError('INVALID_ACCESS_TOKEN', `Unauthorized: invalid or missing header ${tokenHeader}`, {
    field: tokenHeader,
  });
}

/**
 * Whether a request for another protocol is one for a sandbox; every other is a plain request. Java's client asks for `h2c`
 * with whatever it sends.
 */
export function isEntranceUpgrade({ url = '', headers }: IncomingMessage): boolean {
  const isEntrance = /^(?:(?:\/v1)?\/sandboxes|\/v1\/workspaces)\/[^/]+\/(?:proxy|ports)\//.test(url);
  return isEntrance && headers.upgrade?.toLowerCase() !== 'h2c';
}

function bearerOf(request: IncomingMessage): string | undefined {
  return keyIn({ authorization: request.headers.authorization });
}
