import { Agent } from 'node:http';
import type { Readable } from 'node:stream';
import { inspect } from 'node:util';
import Docker from 'dockerode';
import { ApiError } from '../../../shared/api/errors.ts';
import { classify, timedOut } from './refusal.ts';

/** One request to the engine's API, <https://docs.docker.com/reference/api/engine/>. */
export interface EngineRequest {
  /** Completes "the engine could not …" for people. */
  what: string;
  method?: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE';
  /** Everything in it that isn't fixed has been checked to be part of a path, or is an id of the engine's. */
  path: string;
  query?: Record<string, string | number | boolean>;
  body?: object;
  /** Bytes in place of a body. */
  file?: Readable;
  auth?: { username: string; password: string } | undefined;
  /** Milliseconds; the engine's usual deadline otherwise. */
  deadline?: number | undefined;
  /** Ends it early, with the signal's reason. */
  signal?: AbortSignal | undefined;
}

/** What counts as success. 304: it was so already. */
const accepted = { 200: true, 201: true, 204: true, 304: true };

/** The way to the engine: every call has a deadline, and every failure a code. */
export class Engine {
  readonly #modem: Docker['modem'];
  readonly #deadline: number;

  constructor({ socketPath, deadline }: { socketPath: string; deadline: number }) {
    this.#deadline = deadline;
    // A connection per call: one on this machine costs 0.1 ms, and one that was kept may lead to an engine that was restarted.
    const agent = quiet(new Agent({ keepAlive: false }));
    // Host and protocol are said outright, since the library would take them from DOCKER_HOST.
    const options = { socketPath, agent, host: undefined, protocol: 'http' as const };
    this.#modem = new Docker(options).modem;
  }

  /**
   * Asks, and reads the answer whole.
   * @throws `ENGINE_TIMEOUT`, `ENGINE_UNAVAILABLE`; EngineRefusal when it answered with an error
   */
  async ask<T>(request: EngineRequest): Promise<T> {
    const { deadline = this.#deadline, signal } = request;
    const late = AbortSignal.timeout(deadline);
    return this.#guard(request, late, signal, (abort) => this.#dial(request, false, abort) as Promise<T>);
  }

  /**
   * Asks, and reads the answer as it comes; the deadline is for all of it.
   * @throws as above
   */
  async read<T>(request: EngineRequest, use: (stream: Readable) => Promise<T>): Promise<T> {
    const { deadline = this.#deadline, signal } = request;
    const late = AbortSignal.timeout(deadline);
    return this.#guard(request, late, signal, async (abort) =>
      use((await this.#dial(request, true, abort)) as Readable),
    );
  }

  /**
   * Opens a stream that has no end of its own: the deadline is for the first sign of life, and the signal ends it at any
   * time. @throws as above
   */
  async open(request: EngineRequest & { signal: AbortSignal }): Promise<Readable> {
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), request.deadline ?? this.#deadline);
    try {
      const open = (abort: AbortSignal) => this.#dial(request, true, abort) as Promise<Readable>;
      return await this.#guard(request, late.signal, request.signal, open);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Waits for no longer than the signals allow, whatever becomes of the request itself. */
  async #guard<T>(
    { what, deadline = this.#deadline }: EngineRequest,
    late: AbortSignal,
    signal: AbortSignal | undefined,
    work: (abort: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const abort = signal === undefined ? late : AbortSignal.any([late, signal]);
    const { promise: aborted, reject } = Promise.withResolvers<never>();
    const onAbort = () => reject(abort.reason);
    abort.addEventListener('abort', onAbort, { once: true });
    try {
      abort.throwIfAborted();
      return await Promise.race([work(abort), aborted]);
    } catch (error) {
      if (late.aborted) throw timedOut(what, deadline);
      if (abort.aborted) throw abort.reason;
      throw error instanceof ApiError ? error : classify(what, error);
    } finally {
      abort.removeEventListener('abort', onAbort);
    }
  }

  #dial(request: EngineRequest, isStream: boolean, abortSignal: AbortSignal): Promise<unknown> {
    const { method = 'GET', path, query = {}, body, file, auth } = request;
    return new Promise((resolve, reject) => {
      this.#modem.dial(
        {
          // The library appends the query where it sees the question mark, and cuts that off when there is none.
          path: `${path}?`,
          method,
          // Told apart, since it would put a body into the query as well.
          options: { _query: query, _body: body ?? {} },
          ...(file !== undefined && { file }),
          ...(auth !== undefined && { authconfig: auth }),
          isStream,
          abortSignal: quiet(abortSignal),
          statusCodes: accepted,
        },
        (error, answer) => (error ? reject(error) : resolve(answer)),
      );
    });
  }
}

/**
 * The library describes all that a request is made of, to any depth, for a debug log that is off: 3 ms of every call, most of it for
 * what belongs to Node. Such a thing describes itself in a word.
 */
function quiet<T extends Agent | AbortSignal>(thing: T): T {
  return Object.defineProperty(thing, inspect.custom, { value: () => thing.constructor.name, configurable: true });
}
