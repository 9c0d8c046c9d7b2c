import { z } from 'zod';
import { commandText, environment, maxTimeoutMs, withoutNul } from './commands.ts';

const cwd = z.string().max(4096).refine(withoutNul, 'expected a path without NUL bytes').nullish();

/** Body of POST /session, which may be left out. Unknown fields are ignored. */
export const CreateSessionRequest = z
  .object({
    cwd: cwd.describe(
      'Where the shell begins, made where it is missing; `~` and `$VAR` are expanded. Default: the one of the image.',
    ),
    envs: environment.nullish().describe('Added to the environment, over what the image says.'),
    uid: z.int().min(0).max(0xffff_fffe).nullish(),
    gid: z.int().min(0).max(0xffff_fffe).nullish(),
  })
  .refine((body) => body.gid == null || body.uid != null, { path: ['gid'], error: 'expected uid beside gid' })
  .nullish();

export type CreateSessionRequest = z.infer<typeof CreateSessionRequest>;

/** Answer of POST /session. */
export const CreatedSession = z.object({
  session_id: z
    .string()
    .describe('What the other calls name the session by, an interrupt (`DELETE /command?id=`) too.'),
});

/** Body of POST /session/{id}/run. Unknown fields are ignored. */
export const RunInSessionRequest = z.object({
  command: commandText.describe('Run by the session’s shell, as if it was typed there.'),
  cwd: cwd.describe('Where the shell goes first, as by `cd`: later runs begin where this one ends.'),
  envs: environment
    .refine((envs) => Object.keys(envs).every((name) => /^[A-Za-z_]\w*$/.test(name)), {
      error: 'expected names that a shell can export: letters, digits and _, and no digit first',
    })
    .nullish()
    .describe('What the shell exports first, as by `export`: later runs have it too.'),
  timeout: z
    .int('expected whole milliseconds')
    .min(0, 'expected 0 ms or more')
    .max(maxTimeoutMs, `expected at most ${maxTimeoutMs} ms`)
    .nullish()
    .describe(
      'Milliseconds from when its turn comes until it is ended, with all that it started; the shell stays. 0: none.',
    ),
  hold: z
    .boolean()
    .nullish()
    .describe(
      'Hold the run back, as a full pipe would, when its reader is more than the history behind. Default: true.',
    ),
});

export type RunInSessionRequest = z.infer<typeof RunInSessionRequest>;

/** One run of a session, as GET /session/{id} tells of it. */
export const SessionRun = z.object({
  run: z.int().describe('Its number in the session, from 1 on, to come back to its events with.'),
  command: z.string().describe('The command, or the beginning of a long one.'),
  state: z.enum(['waiting', 'running', 'ended']),
  exit_code: z.int().optional().describe('Once it has ended; -1 when it did not end by itself.'),
  reason: z.enum(['exited', 'signaled', 'killed', 'timeout', 'failed', 'lost']).optional(),
  started_at: z.string().optional(),
  finished_at: z.string().optional(),
});

export type SessionRun = z.infer<typeof SessionRun>;

/** A session, without its runs. */
export const SessionSummary = z.object({
  session_id: z.string(),
  state: z.enum(['idle', 'running']),
  waiting: z.int().describe('Runs that wait for their turn.'),
  shell: z.string().describe('Path of the shell that it runs.'),
  cwd: z.string().describe('Where the shell was when its last run ended.'),
  created_at: z.string(),
  restarts: z.int().describe('How often the shell had to be started anew.'),
});

export type SessionSummary = z.infer<typeof SessionSummary>;

/** Answer of GET /session/{id}. */
export const SessionState = SessionSummary.extend({
  runs: z.array(SessionRun).describe('The oldest that is remembered first.'),
});

export type SessionState = z.infer<typeof SessionState>;
