import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { ApiError, type ErrorCode } from '../../shared/api/errors.ts';
import * as api from '../../shared/api/lobehub.ts';
import { makingErrors } from '../../shared/api/making-errors.ts';
import { emptyIsNoBody } from '../../shared/http/bodies.ts';
import { renderErrors } from '../../shared/http/problems.ts';
import type { WorkspaceKey } from '../workspaces/key.ts';
import { codeName } from './code-names.ts';
import type { Slot } from './slot.ts';
import type { Job } from './tasks.ts';

const Params = z.object({ id: z.string().max(128) });
const security: Record<string, string[]>[] = [{ jit: [] }];
const about = { tags: ['LobeHub'], security };
/** What whoever is no user of a LobeHub’s is told. */
const userErrors = [
  'LOBEHUB_NOT_CONFIGURED',
  'INVALID_JIT_TOKEN',
  'JIT_TOKEN_EXPIRED',
  'INVALID_WORKSPACE_KEY',
] as const satisfies readonly ErrorCode[];
const usualWaitMs = 1500;

/** The four routes of LobeHub's self-hosted sandbox. */
export function lobehubRoutes(untyped: FastifyInstance, { users, terminal, tasks }: Slot): void {
  const callers = new WeakMap<FastifyRequest['raw'], WorkspaceKey>();
  const callerOf = ({ raw }: FastifyRequest) => callers.get(raw)!;
  untyped.addHook('onRequest', async ({ raw }) => void callers.set(raw, users.require(raw.headers)));
  // LobeHub shows `error.message` of what is refused, and knows some codes.
  renderErrors(untyped, { invalid: 'INVALID_REQUEST_BODY', unknown: 'GENERAL::UNKNOWN_ERROR' }, (problem) => ({
    error: { code: codeName(problem), message: problem.message },
  }));
  // What an earlier process has left is come back to.
  untyped.addHook('onListen', async () => tasks.resume());
  // LobeHub calls an empty body JSON.
  emptyIsNoBody(untyped);
  const app = untyped.withTypeProvider<ZodTypeProvider>();

  app.route({
    method: 'POST',
    url: '/commands/terminal',
    schema: {
      ...about,
      operationId: 'runInLobehubSession',
      summary: 'Run a command in a session of a LobeHub user’s workspace, and answer when it has ended',
      description: 'It is ended, with all that it started, when its time is up or its caller has gone.',
      body: api.TerminalRequest,
      response: { 200: api.TerminalResult },
      errors: [
        ...userErrors,
        'SESSION_NOT_FOUND',
        'TOO_MANY_SESSIONS',
        'TOO_MANY_COMMANDS',
        'SPOOL_FULL',
        'RUNTIME_ERROR',
        'AGENT_UNREACHABLE',
        'DOCKER::SANDBOX_NOT_RUNNING',
        'DOCKER::SANDBOX_RESUME_FAILED',
        ...makingErrors,
      ],
    },
    handler: async (request, reply) => {
      const { result } = await terminal.run(callerOf(request), request.body, { signal: goneSignal(reply) });
      return result;
    },
  });

  app.route({
    method: 'POST',
    url: '/tasks',
    schema: {
      ...about,
      operationId: 'submitLobehubTask',
      summary: 'Begin a task: a command in a session, or something with one of its files',
      description: 'It goes on when its caller has gone, and a command when this server ends.',
      body: api.SubmitTaskRequest,
      response: { 200: api.Task.describe('It has ended.'), 202: api.Task },
      errors: [...userErrors, 'TOO_MANY_TASKS'],
    },
    handler: async (request, reply) => {
      const { mode, wait_ms: waitMs } = request.body;
      const { closing } = reply.server;
      const wait = { sync: undefined, async: 0, auto: waitMs ?? usualWaitMs }[mode ?? 'auto'];
      const task = await tasks.submit(callerOf(request), jobOf(request.body), { waitMs: wait, closing });
      return reply.code(task.completed_at === undefined ? 202 : 200).send(task);
    },
  });

  app.route({
    method: 'GET',
    url: '/tasks/:id',
    schema: {
      ...about,
      operationId: 'getLobehubTask',
      summary: 'A task, with its output so far',
      params: Params,
      response: { 200: api.Task },
      errors: [...userErrors, 'TASK_NOT_FOUND'],
    },
    handler: async (request) => tasks.get(callerOf(request), request.params.id),
  });

  app.route({
    method: 'POST',
    url: '/tasks/:id/cancel',
    schema: {
      ...about,
      operationId: 'cancelLobehubTask',
      summary: 'End a task and everything that it started',
      params: Params,
      response: { 200: api.Task },
      errors: [...userErrors, 'TASK_NOT_FOUND', 'TASK_NOT_RUNNING'],
    },
    handler: async (request) => tasks.cancel(callerOf(request), request.params.id),
  });
}

/** Aborted when the caller has gone. Its own signal would be when the body was read (fastify#4690). */
function goneSignal({ raw, server: { closing } }: FastifyReply): AbortSignal {
  const gone = new AbortController();
  const end = (why: string) => gone.abort(new ApiError('RUNTIME_ERROR', `${why}, and the command was ended.`));
  const closes = () => end('Control ends');
  const left = () => {
    closing.removeEventListener('abort', closes);
    end('The caller has gone');
  };
  closing.addEventListener('abort', closes);
  raw.once('close', left);
  if (raw.closed) left();
  return gone.signal;
}

function jobOf({ capability, input, timeout_ms: timeoutMs }: z.infer<typeof api.SubmitTaskRequest>): Job {
  if (capability === 'terminalExec') return { capability, input: inputOf(api.TerminalInput, input), timeoutMs };
  return { capability, input: inputOf(api.ResourceInput, input), timeoutMs };
}

function inputOf<T>(schema: z.ZodType<T>, input: unknown): T {
  const { data, error } = schema.safeParse(input ?? {});
  if (!error) return data as T;
  const { path, message } = error.issues[0]!;
  const field = ['input', ...path].join('.').slice(0, 200);
  throw new ApiError('INVALID_REQUEST_BODY', `${field}: ${message}`, { field, expected: message });
}
