import { z } from 'zod';
import { CommandStatus, environment, maxTimeoutMs, withoutNul } from './commands.ts';

/** Languages that code can be run in. */
export const ProgramLanguage = z.enum(['python', 'javascript', 'shell']);
export type ProgramLanguage = z.infer<typeof ProgramLanguage>;

const mostCode = 1024 * 1024;
const mostInput = 2 * 1024 * 1024;
const mostWords = 1000;

const word = z
  .string()
  .max(128 * 1024 - 1)
  .refine(withoutNul, 'expected text without NUL bytes');

/** What is run: fields of whoever has code run. */
export const programFields = {
  language: ProgramLanguage,
  code: z.string().min(1, 'expected code, got nothing').max(mostCode, `expected at most ${mostCode} characters`),
  args: z
    .array(word)
    .max(mostWords, `expected at most ${mostWords} words`)
    .nullish()
    .describe('Words after the program.'),
  stdin: z
    .string()
    .max(mostInput, `expected at most ${mostInput} characters`)
    .nullish()
    .describe('What it reads from standard input; without it, nothing.'),
  env: environment.nullish().describe('Added to the environment, over what sandbox and image say.'),
  cwd: word
    .max(4096)
    .nullish()
    .describe('Working directory; `~` and `$VAR` are expanded. Default: the one of the image.'),
  handler: z
    .string()
    .min(1)
    .max(128, 'expected at most 128 characters')
    .regex(/^[^\s\0]+$/, 'expected the name of a function, as handler, or of a module and a function, as index.handler')
    .nullish()
    .describe(
      'Function of the code that is called with the event, in AWS Lambda’s form: `lambda_function.handler`, `index.handler`, or its name alone. Without it the code runs as a program.',
    ),
  event: z.unknown().optional().describe('First argument of the handler: any JSON. Default: {}.'),
};

/** What a handler is told of itself. */
export const HandlerContext = z.object({
  functionName: z.string(),
  functionVersion: z.string(),
  invokedFunctionArn: z.string(),
  memoryLimitInMB: z.string(),
  awsRequestId: z.string(),
  logGroupName: z.string(),
  logStreamName: z.string(),
});

export type HandlerContext = z.infer<typeof HandlerContext>;

/** Body of POST /programs. */
export const RunProgramRequest = z.object({
  id: z
    .string()
    .regex(/^[\w-]{8,64}$/, 'expected 8 to 64 letters, digits, _ and -')
    .describe('Chosen by the caller: asked for again, a program is started once. It is the id of a command.'),
  ...programFields,
  context: HandlerContext.nullish(),
  timeout: z.int().min(1).max(maxTimeoutMs).describe('Milliseconds until the whole tree of processes is ended.'),
});

export type RunProgramRequest = z.infer<typeof RunProgramRequest>;

/** An error of a handler in AWS Lambda’s shape: Python has a `stackTrace`, Node a `trace`. */
export const HandlerError = z.object({
  errorMessage: z.string(),
  errorType: z.string(),
  stackTrace: z.array(z.string()).optional(),
  trace: z.array(z.string()).optional(),
});

export type HandlerError = z.infer<typeof HandlerError>;

/** What the runner of a handler wrote: exactly one of value and error. */
export const HandlerOutcome = z.object({
  value: z.string().optional().describe('What the handler returned, as JSON.'),
  error: HandlerError.optional(),
  initMs: z.number().min(0).describe('Until the handler was there to be called.'),
  durationMs: z.number().min(0).describe('From its call to its return.'),
});

export type HandlerOutcome = z.infer<typeof HandlerOutcome>;

/** Answer of GET /programs/{id}. */
export const ProgramReport = z.object({
  status: CommandStatus,
  outcome: HandlerOutcome.optional().describe('Absent where the handler has said nothing, or too much.'),
  outcome_bytes: z.int().optional().describe('Size of what it said, where that was too much.'),
  max_memory_bytes: z.int().optional().describe('Of the largest of its processes.'),
  cpu_ms: z.int().optional().describe('Processor time of all of its processes that have ended.'),
});

export type ProgramReport = z.infer<typeof ProgramReport>;
