import { z } from 'zod';
import { commandText, maxTimeoutMs } from './commands.ts';

/** As names of files go, so that a session can be a directory. */
export const sessionIdShape = /^(?!\.{1,2}$)[\w.-]{1,200}$/;
/** LobeHub's own default, as Onlyboxes' is 60 s. */
export const usualLeaseSeconds = 900;
export const usualTimeoutMs = 60_000;
const mostLeaseSeconds = 30 * 86_400;
const mostWaitMs = 60_000;

const sessionId = z
  .string()
  .regex(sessionIdShape, 'expected 1 to 200 letters, digits, dots, hyphens and underscores, and not . or ..');
const timeoutMs = z
  .int('expected whole milliseconds')
  .min(1, 'expected at least 1 ms')
  .max(maxTimeoutMs, `expected at most ${maxTimeoutMs} ms`)
  .nullish()
  .describe(`Milliseconds until what was started is ended; ${usualTimeoutMs} where nothing is said.`);

/** A command in a session, as a task's input and, with `timeout_ms`, as the body of its own route. */
export const TerminalInput = z.object({
  command: commandText
    .refine((text) => text.trim() !== '', 'expected a shell command, got nothing')
    .describe('Run by /bin/sh in the session’s directory.'),
  session_id: sessionId.nullish().describe('Without it, a session with an id of its own is made.'),
  create_if_missing: z
    .boolean()
    .nullish()
    .describe('Begin a session where there is none of that id, or its lease is over.'),
  lease_ttl_sec: z
    .int('expected whole seconds')
    .min(1, 'expected at least 1 second')
    .max(mostLeaseSeconds, `expected at most ${mostLeaseSeconds} seconds`)
    .nullish()
    .describe(`How long the session lasts from this call on; ${usualLeaseSeconds} where nothing is said.`),
});
export type TerminalInput = z.infer<typeof TerminalInput>;

/** Body of POST /api/v1/commands/terminal. */
export const TerminalRequest = TerminalInput.extend({ timeout_ms: timeoutMs });

/** What came of a command. */
export const TerminalResult = z.object({
  session_id: z.string(),
  created: z.boolean().describe('True where this call began the session. Its files may be there from an earlier one.'),
  exit_code: z.int().describe('124: its time was up, which stderr says at its end.'),
  stdout: z.string(),
  stderr: z.string(),
  stdout_truncated: z.boolean().describe('There was more than the first 1 MiB.'),
  stderr_truncated: z.boolean(),
  lease_expires_unix_ms: z.int(),
});
export type TerminalResult = z.infer<typeof TerminalResult>;

/** Input of a task about one file of a session. */
export const ResourceInput = z
  .object({
    action: z.enum(['validate', 'read', 'export']).nullish().describe('`validate` where nothing is said.'),
    session_id: sessionId,
    file_path: z
      .string()
      .min(1, 'expected a path')
      .max(4096)
      .refine((text) => !text.includes('\0'), 'expected a path without NUL bytes')
      .describe('Absolute, or from the session’s directory.'),
    signed_url: z.string().max(16_384).nullish().describe('`export`: where the file is PUT to.'),
    headers: z.record(z.string().max(256), z.string().max(8192)).nullish().describe('`export`: sent with it.'),
  })
  .refine(({ action, signed_url: url }) => action !== 'export' || url != null, {
    path: ['signed_url'],
    error: 'expected the URL that the file is to be PUT to',
  });
export type ResourceInput = z.infer<typeof ResourceInput>;

/** What came of it. */
export const ResourceResult = z.object({
  session_id: z.string(),
  file_path: z.string(),
  mime_type: z.string(),
  size_bytes: z.int(),
  blob: z.string().optional().describe('`read`: the bytes in base64.'),
});
export type ResourceResult = z.infer<typeof ResourceResult>;

/** Body of POST /api/v1/tasks. */
export const SubmitTaskRequest = z.object({
  capability: z.enum(['terminalExec', 'terminalResource']),
  input: z.unknown().optional(),
  mode: z
    .enum(['sync', 'async', 'auto'])
    .nullish()
    .describe(
      'Answer when it has ended (`sync`), at once (`async`), or when it has ended or `wait_ms` are over (`auto`).',
    ),
  wait_ms: z.int().min(1).max(mostWaitMs).nullish(),
  timeout_ms: timeoutMs,
});

/** What a task is doing. `canceled` and the two before it are its end. */
export const taskStatuses = ['pending', 'running', 'succeeded', 'failed', 'canceled'] as const;
export type TaskStatus = (typeof taskStatuses)[number];

const instant = z.string().meta({ format: 'date-time' });

/** A task as it is told of. */
export const Task = z.object({
  task_id: z.string(),
  capability: z.string(),
  status: z.enum(taskStatuses),
  result: z
    .union([ResourceResult, TerminalResult.partial()])
    .optional()
    .describe('Of a command that runs: its output so far.'),
  error: z
    .object({ code: z.string(), message: z.string() })
    .optional()
    .describe(
      'Of one that failed. `no_worker`, `worker_offline` and `session_capacity_exceeded`: nothing was done, and it may be tried again.',
    ),
  created_at: instant,
  updated_at: instant,
  deadline_at: instant,
  completed_at: instant.optional(),
  status_url: z.string().optional().describe('Where to ask again, of one that has not ended.'),
});
export type Task = z.infer<typeof Task>;
