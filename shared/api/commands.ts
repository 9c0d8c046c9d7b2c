import { z } from 'zod';

const maxCommandBytes = 1024 * 1024;
/** Linux takes no longer argument (MAX_ARG_STRLEN). */
const maxWordBytes = 128 * 1024 - 1;
const maxWords = 10_000;
/** Timers of Node take no more: 24 days. */
export const maxTimeoutMs = 0x7fff_ffff;

const maxNameBytes = 4096;
/** Linux takes no variable longer than 128 KiB with its name (MAX_ARG_STRLEN). */
const maxValueBytes = 128 * 1024 - maxNameBytes - 2;

const name = z
  .string()
  .regex(/^[^=\0]+$/, 'expected a variable name without = and NUL')
  .max(maxNameBytes)
  .refine((text) => Buffer.byteLength(text) <= maxNameBytes, `expected at most ${maxNameBytes} bytes`);
const value = z
  .string()
  .max(maxValueBytes)
  .refine(withoutNul, 'expected text without NUL bytes')
  .refine((text) => Buffer.byteLength(text) <= maxValueBytes, `expected at most ${maxValueBytes} bytes`);

/** What a shell is given to run. */
export const commandText = z
  .string()
  .min(1, 'expected a shell command, got nothing')
  .max(maxCommandBytes, `expected at most ${maxCommandBytes} characters`)
  .refine(withoutNul, 'expected text without NUL bytes');

/** Variables by name, as Linux takes them. */
export const environment = z.record(name, value);

/** Body of POST /command. Unknown fields are ignored. */
export const RunCommandRequest = z
  .object({
    command: commandText.nullish().describe('Run by bash, or by sh where the image has no bash.'),
    argv: z
      .array(
        z
          .string()
          .max(maxWordBytes)
          .refine(withoutNul, 'expected text without NUL bytes')
          .refine((word) => Buffer.byteLength(word) <= maxWordBytes, `expected at most ${maxWordBytes} bytes`),
      )
      .min(1, 'expected at least a program')
      .max(maxWords, `expected at most ${maxWords} words`)
      .refine(([program]) => program !== '', { path: [0], error: 'expected a program, got nothing' })
      .refine((words) => words.join('').length <= maxCommandBytes, `expected at most ${maxCommandBytes} characters`)
      .nullish()
      .describe('In place of `command`: a program and its arguments, run without a shell.'),
    cwd: z
      .string()
      .max(4096)
      .refine(withoutNul, 'expected a path without NUL bytes')
      .nullish()
      .describe('Working directory; `~` and `$VAR` are expanded. Default: the one of the image.'),
    background: z.boolean().nullish().describe('Answer at once; the command goes on.'),
    timeout: z
      .int('expected whole milliseconds')
      .min(1, 'expected at least 1 ms')
      .max(maxTimeoutMs, `expected at most ${maxTimeoutMs} ms`)
      .nullish()
      .describe(
        'Milliseconds until the whole tree of processes is ended by SIGKILL. While the sandbox is paused they don’t count.',
      ),
    uid: z.int().min(0).max(0xffff_fffe).nullish(),
    gid: z.int().min(0).max(0xffff_fffe).nullish(),
    envs: environment.nullish().describe('Added to the environment, over what the image says.'),
    max_output_bytes: z
      .int()
      .min(0)
      .max(Number.MAX_SAFE_INTEGER)
      .nullish()
      .describe(
        'Tell the first so many bytes of each stream in events; what comes later is counted in one `truncated` event before the end. All of it can be read raw.',
      ),
    hold: z
      .boolean()
      .nullish()
      .describe(
        'Hold the command back, as a full pipe would, when its reader is more than its history behind. Default: true in the foreground, where the caller is the reader; false in the background, where `hold=true` on a later read makes that the reader.',
      ),
  })
  .refine((body) => body.command != null || body.argv != null, { path: ['command'], error: 'expected a shell command' })
  .refine((body) => body.command == null || body.argv == null, {
    path: ['argv'],
    error: 'expected no command beside argv',
  })
  .refine((body) => body.gid == null || body.uid != null, { path: ['gid'], error: 'expected uid beside gid' });

export type RunCommandRequest = z.infer<typeof RunCommandRequest>;

/** Answer of GET /command/status/{id}. */
export const CommandStatus = z.object({
  id: z.string(),
  content: z.string().describe('The command as it was given; `argv` as JSON.'),
  running: z.boolean(),
  exit_code: z.int().optional().describe('Absent while it runs; -1 when it did not end by itself.'),
  reason: z
    .enum(['exited', 'signaled', 'killed', 'timeout', 'failed', 'lost'])
    .optional()
    .describe(
      'How it ended: by itself, by a signal from elsewhere, by an interrupt, by its time-out, without having run, or unseen because its runner was killed.',
    ),
  error: z.string().optional(),
  started_at: z.string().meta({ format: 'date-time' }),
  finished_at: z.string().meta({ format: 'date-time' }).optional(),
  output_bytes: z
    .object({ stdout: z.int(), stderr: z.int() })
    .describe('Bytes put out so far, given-up ones included.'),
});

export type CommandStatus = z.infer<typeof CommandStatus>;

/** No path, word or variable of Linux holds a NUL byte. */
export function withoutNul(text: string): boolean {
  return !text.includes('\0');
}
