import { z } from 'zod';
import { wholeNumber } from './counts.ts';

/** Linux takes no argument longer than 128 KiB (MAX_ARG_STRLEN). */
const maxCommandBytes = 120 * 1024;
const maxCells = 65_535;

const cells = z
  .int(`expected a whole number from 1 to ${maxCells}`)
  .min(1, `expected a whole number from 1 to ${maxCells}`)
  .max(maxCells, `expected a whole number from 1 to ${maxCells}`);

/** Body of POST /pty, which may be empty. Unknown fields are ignored. */
export const CreateTerminalRequest = z
  .object({
    cwd: z
      .string()
      .max(4096)
      .refine(withoutNul, 'expected a path without NUL bytes')
      .nullish()
      .describe('Working directory; `~` and `$VAR` are expanded. Default: the one of the image.'),
    command: z
      .string()
      .refine((text) => Buffer.byteLength(text) <= maxCommandBytes, `expected at most ${maxCommandBytes} bytes`)
      .refine(withoutNul, 'expected text without NUL bytes')
      .nullish()
      .describe('Run by the shell, which ends with it. Default: the shell waits for input.'),
    cols: cells.nullish().describe('Columns at the start. Default: 80.'),
    rows: cells.nullish().describe('Rows at the start. Default: 24.'),
  })
  .nullish();

export type CreateTerminalRequest = NonNullable<z.infer<typeof CreateTerminalRequest>>;

/** Answer of POST /pty. */
export const TerminalCreated = z.object({ session_id: z.string() });

/** Answer of GET /pty/{id}. */
export const TerminalStatus = z.object({
  session_id: z.string(),
  running: z.boolean().describe('Whether its shell runs now. It is started by who connects.'),
  output_offset: z.int().describe('Bytes it has put out so far: `since` for who wants only what comes next.'),
});

export type TerminalStatus = z.infer<typeof TerminalStatus>;

const whole = (least: number, most: number, expected = `expected a whole number from ${least} to ${most}`) =>
  wholeNumber(expected)
    .refine((value) => value >= least && value <= most, expected)
    .meta({ type: 'integer' });
/** As OpenSandbox has them: on with the value it names, off with any other. */
const flag = (on: string[], about: string) =>
  z
    .string()
    .optional()
    .transform((text) => text !== undefined && on.includes(text))
    .describe(about);

/** Query of GET /pty/{id}/ws. */
export const ConnectTerminalQuery = z.object({
  pty: z.string().optional().describe('`0`: no terminal but three pipes, when this connection starts the shell.'),
  since: whole(0, Number.MAX_SAFE_INTEGER)
    .default(0)
    .describe('Byte of output to begin with. What is there from it on comes first. Default: 0.'),
  takeover: flag(['1', 'true'], '`1`: in place of whoever is connected.'),
  mode: z.string().optional().describe('`viewer`: looks on, as any number may, and sends nothing.'),
  cols: whole(1, maxCells).optional().describe('Columns from now on; goes with `rows`.'),
  rows: whole(1, maxCells).optional(),
  ack: flag(
    ['1', 'true'],
    '`1`: no more is sent than `window` beyond what `{"type":"ack","offset"}` has acknowledged.',
  ),
  window: whole(1024, 1024 * 1024)
    .default(128 * 1024)
    .describe('Bytes of output.'),
});

export type ConnectTerminalQuery = z.infer<typeof ConnectTerminalQuery>;

/** Signals that a client may send, by their numbers on Linux. */
export const terminalSignals = { SIGHUP: 1, SIGINT: 2, SIGQUIT: 3, SIGKILL: 9, SIGTERM: 15 } as const;

/** What a client says in text frames. */
export const TerminalRequest = z.discriminatedUnion('type', [
  z.object({ type: z.literal('stdin'), data: z.string() }),
  z.object({ type: z.literal('signal'), signal: z.enum(Object.keys(terminalSignals) as SignalName[]) }),
  z.object({ type: z.literal('resize'), cols: cells, rows: cells }),
  z.object({ type: z.literal('ack'), offset: z.int().min(0) }),
  z.object({ type: z.literal('ping') }),
]);

export type TerminalRequest = z.infer<typeof TerminalRequest>;

type SignalName = keyof typeof terminalSignals;

/** What goes wrong on a connection, in OpenSandbox's spelling; docs/terminals.md explains each. */
export type TerminalErrorCode =
  | 'SESSION_GONE'
  | 'START_FAILED'
  | 'STDIN_WRITE_FAILED'
  | 'INVALID_FRAME'
  | 'READ_ONLY'
  | 'TAKEN_OVER'
  | 'RUNTIME_ERROR';

/** What a client is told in text frames. */
export type TerminalNotice =
  | { type: 'connected'; session_id: string; mode: 'pty' | 'pipe'; role: 'holder' | 'viewer'; offset: number }
  | { type: 'exit'; exit_code: number }
  | { type: 'error'; code: TerminalErrorCode; error: string }
  | { type: 'pong' };

function withoutNul(text: string): boolean {
  return !text.includes('\0');
}
