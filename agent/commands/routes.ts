import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { CommandStatus, RunCommandRequest } from '../../shared/api/commands.ts';
import { Count } from '../../shared/api/counts.ts';
import { ApiError } from '../../shared/api/errors.ts';
import { StreamEvent } from '../../shared/api/events.ts';
import { bytes, eventStream, plainText } from '../../shared/http/answers.ts';
import { frame, sendEventStream } from '../../shared/http/event-stream.ts';
import { nothing, sendNothing } from '../../shared/http/nothing.ts';
import { sendStream } from '../../shared/http/stream.ts';
import { executionEvents } from '../processes/events.ts';
import { takesLineEnds } from '../processes/line-ends.ts';
import type { Commands } from './commands.ts';
import { logsFrom, oldestOffset, rawOutput } from './output.ts';

const Id = z.object({ id: z.string().min(1).max(128) });
const Flag = z.enum(['true', 'false', '1', '0']).transform((text) => text === 'true' || text === '1');
const events = { 200: eventStream(StreamEvent) };
const missed = { 'cubby-missed-bytes': 'Bytes after the asked place that are given up.' };
const tags = ['Command'];

/** What else `DELETE /command` may name, as in OpenSandbox: sessions, and contexts of code. */
export interface Interruptible {
  has(id: string): boolean;
  interrupt(id: string): Promise<void>;
}

/** Commands: run, follow, come back to, read raw, ask, interrupt. */
export function commandRoutes(
  untyped: FastifyInstance,
  { commands, others, lineBytes }: { commands: Commands; others: Interruptible[]; lineBytes: number },
): void {
  const app = untyped.withTypeProvider<ZodTypeProvider>();

  app.route({
    method: 'POST',
    url: '/command',
    schema: {
      tags,
      operationId: 'runCommand',
      summary: 'Run a command and stream its events',
      body: RunCommandRequest,
      response: events,
      errors: [
        'INVALID_PARAMETER',
        'WORKING_DIRECTORY_NOT_FOUND',
        'UNKNOWN_USER',
        'USER_NOT_ALLOWED',
        'TOO_MANY_COMMANDS',
        'SPOOL_FULL',
      ],
    },
    handler: async (request, reply) => {
      const command = await commands.start(request.body);
      if (command.record.background) return sendEventStream(reply, () => startedInBackground(command.id));
      const holds = request.body.hold ?? true;
      const keepsLineEnds = takesLineEnds(request.headers['user-agent']);
      const { max_output_bytes: mostBytes } = request.body;
      return sendEventStream(reply, (signal) =>
        executionEvents(command, { signal, holds, lineBytes, keepsLineEnds, mostBytes }),
      );
    },
  });

  app.route({
    method: 'GET',
    url: '/command/:id/events',
    schema: {
      tags,
      operationId: 'resumeCommand',
      summary: 'Follow a command, from the start or after the event named by Last-Event-ID',
      params: Id,
      headers: z.object({ 'last-event-id': Count.optional() }),
      querystring: z.object({
        hold: Flag.optional(),
        line_ends: Flag.optional().describe('Lines come with their ends: all texts together are what was put out.'),
        max_output_bytes: Count.optional().describe('As of `POST /command`, from where this reader begins.'),
      }),
      response: events,
      errors: ['COMMAND_NOT_FOUND'],
    },
    handler: async (request, reply) => {
      const command = commands.get(request.params.id);
      const after = request.headers['last-event-id'];
      const { max_output_bytes: mostBytes } = request.query;
      // A reader that comes back while the writer still waits for it takes its old place.
      const holds = request.query.hold ?? (!command.record.background && command.isHeld);
      const keepsLineEnds = request.query.line_ends ?? takesLineEnds(request.raw.headers['user-agent']);
      return sendEventStream(reply, (signal) =>
        executionEvents(command, { signal, after, holds, lineBytes, keepsLineEnds, mostBytes }),
      );
    },
  });

  app.route({
    method: 'GET',
    url: '/command/:id/output',
    schema: {
      tags,
      operationId: 'readCommandOutput',
      summary: 'Raw bytes of a command’s output from an offset on',
      params: Id,
      querystring: z.object({
        stream: z.enum(['stdout', 'stderr', 'both']).default('stdout'),
        offset: Count.default(0),
        follow: Flag.optional().describe('Wait for more until the command has ended.'),
        hold: Flag.optional().describe('Make this reader the one that the writer waits for.'),
      }),
      response: { 200: bytes('Bytes as they were put out.', { 'cubby-offset': 'Offset of the first.', ...missed }) },
      errors: ['COMMAND_NOT_FOUND'],
    },
    handler: async (request, reply) => {
      const command = commands.get(request.params.id);
      const { stream, offset, follow = false, hold: holds = false } = request.query;
      const oldest = oldestOffset(command, stream);
      const start = Math.max(offset, oldest);
      reply
        .header('content-type', 'application/octet-stream')
        .header('cubby-offset', start)
        .header('cubby-missed-bytes', Math.max(0, oldest - offset));
      return sendStream(reply, (signal) =>
        rawOutput(command, { stream, offset: start, follows: follow, holds, signal }),
      );
    },
  });

  app.route({
    method: 'GET',
    url: '/command/:id/logs',
    schema: {
      tags,
      operationId: 'getCommandLogs',
      summary: 'Output of both streams after a cursor, as text',
      params: Id,
      querystring: z.object({ cursor: z.string().max(32).optional() }),
      response: {
        200: plainText('What was put out since.', {
          'execd-commands-tail-cursor': 'Where to go on with the next call.',
          ...missed,
        }),
      },
      errors: ['COMMAND_NOT_FOUND'],
    },
    handler: async (request, reply) => {
      const { text, cursor, missed } = await logsFrom(commands.get(request.params.id), cursorOf(request.query.cursor));
      return reply
        .header('content-type', 'text/plain; charset=utf-8')
        .header('execd-commands-tail-cursor', cursor)
        .header('cubby-missed-bytes', missed)
        .send(text);
    },
  });

  app.route({
    method: 'GET',
    url: '/command/status/:id',
    schema: {
      tags,
      operationId: 'getCommandStatus',
      summary: 'Whether a command runs, and how it ended',
      params: Id,
      response: { 200: CommandStatus },
      errors: ['COMMAND_NOT_FOUND'],
    },
    handler: async (request) => commands.get(request.params.id).status(),
  });

  app.route({
    method: 'DELETE',
    url: '/command',
    schema: {
      tags,
      operationId: 'interruptCommand',
      summary: 'End a command and everything it started, or the run of a session, or interrupt a context’s cell',
      querystring: z.object({ id: z.string().max(128).optional() }),
      response: { 200: nothing },
      errors: ['MISSING_QUERY', 'COMMAND_NOT_FOUND', 'COMMAND_NOT_RUNNING'],
    },
    handler: async (request, reply) => {
      const { id } = request.query;
      if (!id)
        throw new ApiError('MISSING_QUERY', 'id: expected the id of a command', {
          field: 'id',
          expected: 'the id of a command',
        });
      await (others.find((other) => other.has(id)) ?? commands).interrupt(id);
      return sendNothing(reply);
    },
  });
}

/** OpenSandbox's clients take the id from the first event and wait for the second. */
async function* startedInBackground(id: string): AsyncGenerator<string> {
  const timestamp = Date.now();
  yield frame({ type: 'init', text: id, timestamp }) + frame({ type: 'execution_complete', timestamp });
}

/** A cursor that is none counts as the start, as OpenSandbox's clients expect. */
function cursorOf(text: string | undefined): number {
  const cursor = Number(text);
  return Number.isSafeInteger(cursor) && cursor > 0 ? cursor : 0;
}
