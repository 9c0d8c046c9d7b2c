import { z } from 'zod';

/**
 * What became of a cell: `queued` behind others, `running`, `finished`, `failed` with an error of its own, `interrupted` or
 * taken out of the queue, `timed_out`, or `died`: its kernel ended, by itself, by a restart or with its context.
 */
export const ExecutionState = z.enum(['queued', 'running', 'finished', 'failed', 'interrupted', 'timed_out', 'died']);

export type ExecutionState = z.infer<typeof ExecutionState>;

/** What a cell asks its caller for. */
export const InputRequest = z.object({
  prompt: z.string(),
  password: z.boolean().describe('What is typed is not to be seen.'),
});

export type InputRequest = z.infer<typeof InputRequest>;

/** One run of a cell, as GET /code/executions/{id} answers. */
export const CodeExecution = z.object({
  id: z.string(),
  context_id: z.string(),
  language: z.string(),
  state: ExecutionState,
  created_at: z.string().meta({ format: 'date-time' }),
  started_at: z.string().meta({ format: 'date-time' }).optional(),
  ended_at: z.string().meta({ format: 'date-time' }).optional(),
  execution_count: z.int().optional(),
  error: z
    .object({ ename: z.string(), evalue: z.string() })
    .optional()
    .describe('The last one that was told; its traceback is among the events.'),
  waiting_for_input: InputRequest.optional().describe('What it asks for, until that is answered.'),
});

export type CodeExecution = z.infer<typeof CodeExecution>;

/** Body of POST /code/executions/{id}/input. */
export const InputAnswer = z.object({
  value: z
    .string('expected the answer, as a string')
    .max(1024 * 1024)
    .describe('What would be typed, without a line end.'),
});
