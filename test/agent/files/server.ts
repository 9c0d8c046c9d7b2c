import assert from 'node:assert/strict';
import { chownSync, mkdtempSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import Fastify, { type FastifyInstance } from 'fastify';
import { serializerCompiler } from 'fastify-type-provider-zod';
import { fileRoutes } from '../../../agent/files/routes.ts';
import type { Caller } from '../../../agent/users/passwd.ts';
import { loadRights } from '../../../agent/users/rights.ts';
import { renderProblems } from '../../../shared/http/problems.ts';
import { validatorCompiler } from '../../../shared/http/validation.ts';
import { rightsAddon } from '../../support/pack.ts';
import { until } from '../../support/until.ts';

const isRoot = process.getuid!() === 0;

/** Root acts as root; whoever else runs the tests, as themselves. */
export const self: Caller = {
  name: 'self',
  uid: process.getuid!(),
  gid: process.getgid!(),
  groups: [],
  home: '/home/self',
  shell: '/bin/sh',
};

/** Somebody without rights over the others' files: user 1000 where the tests run as root. */
export const user: Caller = isRoot ? { ...self, name: 'user', uid: 1000, gid: 1000 } : self;

export interface FileServer {
  app: FastifyInstance;
  port: number;
  /** A directory of this test's own, which belongs to the caller. */
  dir: string;
  fetch(path: string, init?: RequestInit): Promise<Response>;
  get(route: string, query: Record<string, string | string[]>, init?: RequestInit): Promise<Response>;
  post(route: string, body: unknown): Promise<Response>;
  /** One file, as OpenSandbox's JavaScript client sends it. */
  upload(metadata: object, content: string | Uint8Array<ArrayBuffer>): Promise<Response>;
}

/**
 * The file routes behind a real port. When the test is over nothing may be left of them: no open file, no unfinished one.
 */
export async function startFiles(
  t: TestContext,
  caller = self,
  environ: Record<string, string> = {},
): Promise<FileServer> {
  loadRights(rightsAddon);
  const dir = mkdtempSync(join(tmpdir(), 'cubby-files-'));
  chownSync(dir, caller.uid, caller.gid);
  const app: FastifyInstance = Fastify({ forceCloseConnections: true });
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  renderProblems(app, { invalid: 'INVALID_REQUEST_BODY', unknown: 'RUNTIME_ERROR' });
  fileRoutes(app, {
    caller: (identity) => (identity ? { ...self, ...identity, groups: [identity.gid] } : caller),
    environ,
    keepHome: false,
    workdir: dir,
    own: join(dir, 'agent'),
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo;
  t.after(async () => {
    await app.close();
    try {
      await until(() => openBelow(dir).length === 0, `no file below ${dir} is open`);
      assert.deepEqual(unfinishedIn(dir), []);
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  });
  const server: FileServer = {
    app,
    port,
    dir,
    fetch: (path, init) => fetch(`http://127.0.0.1:${port}${path}`, init),
    get: (route, query, init) => server.fetch(`${route}?${toQuery(query)}`, init),
    post: (route, body) =>
      server.fetch(route, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
    upload: (metadata, content) => {
      const form = new FormData();
      form.append('metadata', new Blob([JSON.stringify(metadata)], { type: 'application/json' }), 'metadata');
      form.append('file', new Blob([content]), 'file');
      return server.fetch('/files/upload', { method: 'POST', body: form });
    },
  };
  return server;
}

function toQuery(query: Record<string, string | string[]>): URLSearchParams {
  const parameters = new URLSearchParams();
  for (const [name, values] of Object.entries(query)) {
    for (const value of [values].flat()) parameters.append(name, value);
  }
  return parameters;
}

/**
 * Expects that the event loop is never held for long while `work` is done: for a quarter at most of the processor time that it takes
 * there. Held throughout, it would be all of it. Time in which a busy machine does something else does not count.
 */
export async function assertEventLoopFree<T>(work: () => Promise<T>): Promise<T> {
  const used = () => {
    const { user, system } = process.threadCpuUsage();
    return (user + system) / 1000;
  };
  const began = used();
  let last = began;
  let longest = 0;
  const look = () => {
    const now = used();
    longest = Math.max(longest, now - last);
    last = now;
  };
  const timer = setInterval(look, 5);
  const result = await work();
  clearInterval(timer);
  look();
  const took = last - began;
  assert.ok(longest < took / 4, `the event loop was held for ${longest} ms of ${took} ms`);
  return result;
}

/** What this process has open below a directory. */
export function openBelow(dir: string): string[] {
  return readdirSync('/proc/self/fd').flatMap((descriptor) => {
    try {
      const path = readlinkSync(`/proc/self/fd/${descriptor}`);
      return path.startsWith(dir) ? [path] : [];
    } catch {
      return [];
    }
  });
}

/** Unfinished files that are left below a directory. */
export function unfinishedIn(dir: string): string[] {
  return readdirSync(dir, { recursive: true, encoding: 'utf8' }).filter((path) => path.includes('.cubby-'));
}

/** Expects a success without a body, which says its length. */
export async function assertDone(response: Response): Promise<void> {
  assert.deepEqual([response.status, await response.text()], [200, '']);
  assert.equal(response.headers.get('content-length'), '0');
}

export interface Problem {
  code: string;
  message: string;
  field?: string;
  expected?: string;
}

/** Expects an error, by status and code, and gives its body. */
export async function assertProblem(response: Response, status: number, code: string): Promise<Problem> {
  const text = await response.text();
  assert.equal(response.status, status, text);
  const problem = JSON.parse(text) as Problem;
  assert.equal(problem.code, code, text);
  return problem;
}
