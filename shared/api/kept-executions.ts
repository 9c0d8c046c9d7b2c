import { z } from 'zod';
import { Pagination } from './pages.ts';
import { HandlerError, ProgramLanguage, programFields } from './programs.ts';

const instant = z.string().meta({ format: 'date-time', description: 'RFC 3339, UTC' });
const mostSeconds = 2_147_483;

/**
 * What became of an execution: `pending` until its code runs, `running`, `succeeded`, `failed` with an error of its own or of
 * whoever should have run it, `timed_out`, `cancelled`, or `lost`: nobody saw its end.
 */
export const KeptExecutionStatus = z.enum([
  'pending',
  'running',
  'succeeded',
  'failed',
  'timed_out',
  'cancelled',
  'lost',
]);

export type KeptExecutionStatus = z.infer<typeof KeptExecutionStatus>;

/** Body of POST /v1/executions. Unknown fields are ignored. */
export const CreateExecutionRequest = z
  .object({
    workspace: z
      .string()
      .max(400)
      .nullish()
      .describe('Key of a workspace, as `issuer:subject`: its sandbox is made or woken where it has to be.'),
    sandboxId: z.string().min(1).max(256).nullish().describe('A sandbox, which is woken where it sleeps.'),
    template: z
      .string()
      .max(256)
      .nullish()
      .describe('In place of both: a template of which a sandbox is made for this alone, and ended afterwards.'),
    image: z.string().min(1).max(1024).nullish().describe('The same, of an image.'),
    ...programFields,
    timeout: z
      .number()
      .min(0.001, 'expected at least 0.001 seconds')
      .max(mostSeconds, `expected at most ${mostSeconds} seconds`)
      .nullish()
      .describe('Seconds until all of its processes are ended; 30 unless told. Waiting for a sandbox doesn’t count.'),
    context: z
      .object({
        functionName: z
          .string()
          .min(1)
          .max(170)
          .regex(/^[\w:$-]+$/, 'expected letters, digits, -, _, : and $')
          .nullish(),
        functionVersion: z.string().min(1).max(1024).nullish(),
        memoryLimit: z
          .int()
          .min(1)
          .max(1_000_000)
          .nullish()
          .describe('MB that the handler is told; default: the sandbox’s memory.'),
      })
      .nullish()
      .describe('What a handler is told of itself.'),
  })
  .refine(
    ({ workspace, sandboxId, template, image }) =>
      [workspace, sandboxId, template ?? image].filter((place) => place != null).length === 1,
    { path: ['sandboxId'], error: 'expected exactly one of workspace, sandboxId, and template or image' },
  );

export type CreateExecutionRequest = z.infer<typeof CreateExecutionRequest>;

const Cut = z
  .object({
    bytes: z.int().describe('Bytes that were put out in all.'),
    kept: z.int().describe('Bytes that are kept here, of the beginning.'),
    all: z.string().optional().describe('Path of all of it, as long as its sandbox and its history are there.'),
  })
  .describe('Absent where nothing was cut.');

/** An execution as the API shows it. */
export const KeptExecution = z.object({
  id: z.string(),
  status: KeptExecutionStatus,
  workspace: z.string().optional(),
  sandboxId: z.string().optional().describe('Absent until it has one.'),
  language: ProgramLanguage,
  handler: z.string().optional(),
  functionName: z.string().optional(),
  timeout: z.number().describe('Seconds.'),
  createdAt: instant,
  startedAt: instant.optional(),
  finishedAt: instant.optional(),
  exitCode: z.int().optional().describe('Of its first process; -1 where it did not end by itself.'),
  result: z
    .unknown()
    .optional()
    .describe('What the handler returned. Absent where there is no handler, or it returned nothing.'),
  error: HandlerError.optional().describe('Present where it did not succeed, in AWS Lambda’s shape.'),
  durationMs: z.number().optional().describe('Of the handler’s call; without a handler, of the process.'),
  initDurationMs: z
    .number()
    .optional()
    .describe('From the start of the interpreter until the handler could be called.'),
  billedDurationMs: z.int().optional().describe('Both together, in whole milliseconds, as AWS bills them.'),
  maxMemoryUsedMB: z.number().optional().describe('Of the largest of its processes, in units of 2^20 bytes.'),
  cpuTimeMs: z.int().optional(),
  stdout: z.string().optional(),
  stderr: z.string().optional(),
  truncated: z.object({ stdout: Cut.optional(), stderr: Cut.optional() }).optional(),
});

export type KeptExecution = z.infer<typeof KeptExecution>;

/** One execution, with what was run. */
export const FullExecution = KeptExecution.extend({ code: z.string() });

/** A page of executions, without their code, result and output. */
export const KeptExecutionList = z.object({
  items: z.array(KeptExecution.omit({ result: true, stdout: true, stderr: true, truncated: true })),
  pagination: Pagination,
});
