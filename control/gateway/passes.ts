import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';

/** What was found out about a request before it came to the route it is for. */
export interface Pass {
  /** The one sandbox that is open to it, and the path under which its client knows `/v1/sandboxes/ID`. */
  sandbox?: { id: string; prefix: string } | undefined;
  /** What its body has to come through. */
  body?: ((payload: Readable) => Readable) | undefined;
}

/** Requests that were let in by another way than the keys of this server. Kept beside them, where no client can write. */
export class Passes {
  readonly #passes = new WeakMap<IncomingMessage, Pass>();

  give(request: IncomingMessage, pass: Pass): void {
    this.#passes.set(request, pass);
  }

  /** Opens one sandbox to a request, beside what is known of it already. */
  open(request: IncomingMessage, sandbox: Pass['sandbox']): void {
    this.#passes.set(request, { ...this.#passes.get(request), sandbox });
  }

  /** The path under which the client knows a sandbox that is open to this request; undefined where it isn't. */
  prefixFor(request: IncomingMessage, sandboxId: string | undefined): string | undefined {
    const sandbox = this.#passes.get(request)?.sandbox;
    return sandbox?.id === sandboxId ? sandbox?.prefix : undefined;
  }

  /** A body as it may be read. */
  bodyOf(request: IncomingMessage, payload: Readable): Readable {
    return this.#passes.get(request)?.body?.(payload) ?? payload;
  }
}
