import { setTimeout as delay } from 'node:timers/promises';
import type { Workspace } from '../../shared/api/workspaces.ts';
import { nameOf, type WorkspaceKey } from '../workspaces/key.ts';
import { UsersError } from './problem.ts';

/** One try may take so long: a control that checks an image may have it pulled first. */
const tryMs = 120_000;
const firstPauseMs = 250;
const longestPauseMs = 15_000;
/** As many are asked for at a time as a list's page can have. */
const pageSize = 200;

export interface CallsOptions {
  /** Where control listens, as `http://127.0.0.1:8080`. */
  url: string;
  apiKey: string;
  /** Ends the pauses between tries; what was sent is waited for. */
  signal: AbortSignal;
  /** For so long a call is tried again that control does not answer, or answers that it can't now. */
  retryMs: number;
  /** Before each pause; why there is one. */
  onRetry?(why: string): void;
}

/** What control has answered. */
export interface Answer {
  status: number;
  body: unknown;
  /** By control's clock, to the second; undefined: it does not say. */
  date: Date | undefined;
}

/** What control refuses, in its own words. */
export class Refusal extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, body: unknown) {
    const { code, message } = (body ?? {}) as { code?: unknown; message?: unknown };
    super(
      typeof message === 'string'
        ? `${message} (${code})`
        : `it answered with ${status}, which is no answer of Cubby’s`,
    );
    this.name = 'Refusal';
    this.status = status;
    this.code = String(code);
  }
}

/**
 * Calls control's API for workspaces. What fails for now (a connection, 429, 5xx) is tried again after a pause that grows, with some
 * chance in it, or that control asks for.
 */
export class Calls {
  readonly #options: CallsOptions;

  constructor(options: CallsOptions) {
    this.#options = options;
  }

  /** @throws Refusal what control says no to; UsersError when it can't be reached; the signal's reason when that comes first */
  async send(method: string, path: string, json?: unknown): Promise<Answer> {
    const { signal, retryMs, onRetry } = this.#options;
    const deadline = performance.now() + retryMs;
    for (let pause = firstPauseMs; ; pause = Math.min(2 * pause, longestPauseMs)) {
      signal.throwIfAborted();
      const { answer, error, askedMs } = await this.#try(method, path, json);
      if (answer && answer.status < 400) return answer;
      const refusal = answer && new Refusal(answer.status, answer.body);
      if (refusal && answer.status !== 429 && answer.status < 500) throw refusal;
      const wait = Math.max(askedMs, pause * (0.5 + Math.random()));
      if (performance.now() + wait > deadline) throw refusal ?? new UsersError(`${this.#options.url}: ${error}`);
      onRetry?.(refusal?.message ?? error!);
      await delay(wait, undefined, { signal });
    }
  }

  /** Provisions a workspace where there is none. True: there was none. */
  async provision(key: WorkspaceKey, request: unknown): Promise<boolean> {
    const { body } = await this.send('PUT', `${pathOf(key)}?start=false`, request);
    return (body as { created?: unknown }).created === true;
  }

  /** The workspaces of an issuer, or of all, in the order of their keys, some at a time. */
  async *workspaces(issuer: string | undefined, after = ''): AsyncGenerator<Workspace[]> {
    const query = new URLSearchParams({ pageSize: String(pageSize), ...(issuer !== undefined && { issuer }) });
    for (let last: string | undefined = after; last !== undefined; ) {
      query.set('after', last);
      const { body } = await this.send('GET', `/v1/workspaces?${query}`);
      const { items } = body as { items?: Workspace[] };
      // One of before `after` was known begins anew each time.
      if (!Array.isArray(items) || 'pagination' in (body as object))
        throw new UsersError(`${this.#options.url} is no Cubby that lists workspaces in the order of their keys`);
      if (items.length > 0) yield items;
      last = items.length < pageSize ? undefined : items.at(-1)?.key;
    }
  }

  /** How many workspaces there are of an issuer, and control's time. */
  async count(issuer: string): Promise<{ total: number; date: Date }> {
    const query = new URLSearchParams({ issuer, pageSize: '1' });
    const { body, date } = await this.send('GET', `/v1/workspaces?${query}`);
    const { totalItems } = (body as { pagination?: { totalItems?: number } }).pagination ?? {};
    if (totalItems === undefined) throw new UsersError(`${this.#options.url} is no Cubby that lists workspaces`);
    return { total: totalItems, date: date ?? new Date() };
  }

  /** One workspace; undefined where there is none. */
  async get(key: WorkspaceKey): Promise<Workspace | undefined> {
    try {
      return (await this.send('GET', pathOf(key))).body as Workspace;
    } catch (error) {
      if (error instanceof Refusal && error.code === 'WORKSPACE_NOT_FOUND') return undefined;
      throw error;
    }
  }

  /** Ends a workspace's sandbox and forgets the workspace. False: there was none. */
  async remove(key: WorkspaceKey): Promise<boolean> {
    try {
      await this.send('DELETE', pathOf(key));
      return true;
    } catch (error) {
      if (error instanceof Refusal && error.code === 'WORKSPACE_NOT_FOUND') return false;
      throw error;
    }
  }

  async #try(
    method: string,
    path: string,
    json: unknown,
  ): Promise<{ answer?: Answer; error?: string; askedMs: number }> {
    const { url, apiKey } = this.#options;
    try {
      const response = await fetch(`${url}${path}`, {
        method,
        headers: { 'open-sandbox-api-key': apiKey, ...(json !== undefined && { 'content-type': 'application/json' }) },
        ...(json !== undefined && { body: JSON.stringify(json) }),
        // One that redirects would be given the key.
        redirect: 'error',
        signal: AbortSignal.timeout(tryMs),
      });
      const text = await response.text();
      const date = new Date(response.headers.get('date') ?? Number.NaN);
      const asked = Number(response.headers.get('retry-after') ?? 0) * 1000;
      return {
        answer: { status: response.status, body: jsonIn(text), date: Number.isNaN(date.getTime()) ? undefined : date },
        askedMs: asked > 0 ? Math.min(asked, 2 * longestPauseMs) : 0,
      };
    } catch (error) {
      // fetch itself says only that it failed.
      const { cause, message } = error as Error & { cause?: Error };
      return { error: cause?.message || (cause as NodeJS.ErrnoException | undefined)?.code || message, askedMs: 0 };
    }
  }
}

function pathOf(key: WorkspaceKey): string {
  // What is left as it is may stand in a path.
  return `/v1/workspaces/${encodeURIComponent(nameOf(key))}`;
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
