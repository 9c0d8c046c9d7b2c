import { z } from 'zod';
import { InputRequest } from './executions.ts';

/** What an error event says. For a command that failed: ename `CommandExecError`, evalue its exit code, or -1 when it was killed. */
export const ErrorOutput = z.object({
  ename: z.string(),
  evalue: z.string(),
  traceback: z.array(z.string()),
});

/**
 * Why a session's shell was started anew, or will be for the next run, and what of its state is in the new one. `state`: directory,
 * variables, functions, aliases, options and traps. `earlier`: those of before the run that ended it. `exported`: directory and
 * exported variables, which is all that shells other than bash can tell. `directory`: nothing else. What no new shell has: `jobs` (they run
 * on, unknown to it) and open descriptors.
 */
export const Restarted = z.object({
  reason: z.string(),
  kept: z.enum(['state', 'earlier', 'exported', 'directory']),
});

export type Restarted = z.infer<typeof Restarted>;

/**
 * Bytes of output that were dropped: all that came after the first `max_output_bytes` (of a cell, or of each stream of a command), and forms
 * of results that were too large by themselves.
 */
const Truncated = z.object({
  max_output_bytes: z.int(),
  stdout: z.int(),
  stderr: z.int(),
  results: z.int(),
});

/**
 * How an output is to be shown, as its kernel says: by media type for one form of it (`width`, `height`, `needs_background`, …), else
 * for all of them.
 */
const OutputMetadata = z.record(z.string(), z.unknown());

/**
 * One event of a stream, in OpenSandbox's shape. `init` comes first and carries the id to interrupt or ask with; a command ends
 * with exactly one of `execution_complete` (exit code 0) and `error`; a cell that failed sends `error`, then `execution_complete`.
 * `result` carries what a cell returned, with `is_main_result`, and what it displayed; clients that know no `update` show one more.
 * `clear_output`, `truncated`, `missed`, `restarted` and `input_request` are Cubby's own. (Without `text`: clients that do not know them
 * ignore them. Go's would print an unknown event that has text.) `missed`: this many bytes were given up before this reader came to
 * them. `truncated` comes once, before the end: so much of the output was dropped. `restarted` belongs to sessions;
 * `input_request` is told when a cell waits for an answer of its caller.
 */
export const StreamEvent = z.object({
  type: z.enum([
    'init',
    'stdout',
    'stderr',
    'result',
    'error',
    'execution_count',
    'execution_complete',
    'clear_output',
    'truncated',
    'missed',
    'restarted',
    'input_request',
    'ping',
  ]),
  /** Milliseconds since the epoch. */
  timestamp: z.int(),
  text: z.string().optional(),
  execution_id: z.string().optional().describe('In `init`: of the cell, to come back to it with.'),
  execution_count: z.int().optional(),
  /** Milliseconds. */
  execution_time: z.int().optional(),
  /** MIME bundle; `text/plain` is named `text`, every value is a string. */
  results: z.record(z.string(), z.string()).optional(),
  metadata: OutputMetadata.optional(),
  /** True for the value of the cell's last expression: the rest was displayed on the way. */
  is_main_result: z.literal(true).optional(),
  /** What was displayed under this id, by this cell or an earlier one, is one thing: with `update` this takes the place of what it was. */
  display_id: z.string().optional(),
  update: z.literal(true).optional(),
  /** What was told so far is to be taken away; with `wait` not before the next output comes. */
  clear_output: z.object({ wait: z.boolean() }).optional(),
  error: ErrorOutput.optional(),
  truncated: Truncated.optional(),
  missed: z.object({ bytes: z.int() }).optional(),
  restarted: Restarted.optional(),
  input_request: InputRequest.optional(),
});

export type StreamEvent = z.infer<typeof StreamEvent>;
