import { z } from 'zod';
import { environment } from './commands.ts';
import { ProgramLanguage, programFields } from './programs.ts';

const instant = z.string().meta({ format: 'date-time' });
const mostSeconds = 10 * 366 * 86_400;
const seconds = z
  .int('expected whole seconds')
  .min(1, 'expected at least 1 second')
  .max(mostSeconds, 'expected at most ten years in seconds');

/** What a session may use. */
const Resources = z.object({
  cpu: z.string().max(32).nullish(),
  memory: z.string().max(32).nullish(),
  disk: z
    .string()
    .regex(/^\d{1,15}(\.\d{1,3})?[A-Za-z]{0,2}$/, 'expected a size, as 1Gi')
    .nullish(),
});

/** Body of POST /api/v1/sessions. Unknown fields are ignored. */
export const CreateSessionRequest = z.object({
  template_id: z.string().min(1).max(256).describe('Name of a template.'),
  timeout: seconds.nullish().describe('The session ends when nobody has used it for so long; 300 unless told.'),
  max_lifetime: seconds
    .min(60, 'expected at least 60 seconds')
    .nullish()
    .describe('It ends after so long whatever happens.'),
  resources: Resources.nullish(),
  ...Resources.shape,
  env_vars: environment.nullish(),
});

export type CreateSessionRequest = z.infer<typeof CreateSessionRequest>;

export const SessionStatus = z.enum(['creating', 'running', 'completed', 'failed', 'timeout', 'terminated']);
export type SessionStatus = z.infer<typeof SessionStatus>;

/** A session: a sandbox of a template. */
export const TemplateSession = z.object({
  session_id: z.string(),
  id: z.string().describe('The same.'),
  template_id: z.string().optional(),
  status: SessionStatus,
  runtime_type: z.string(),
  resources: z.object({ cpu: z.string().optional(), memory: z.string().optional(), disk: z.string().optional() }),
  timeout: z.int().optional(),
  created_at: instant,
  updated_at: instant,
  message: z.string(),
});

export type TemplateSession = z.infer<typeof TemplateSession>;

export const TemplateSessionList = z.object({
  sessions: z.array(TemplateSession),
  total: z.int(),
  limit: z.int(),
  offset: z.int(),
});

/** Body of POST /api/v1/sessions/{id}/execute. Unknown fields are ignored. */
export const ExecuteRequest = z.object({
  code: programFields.code,
  language: ProgramLanguage,
  timeout: z.number().min(0.001).max(2_147_483).nullish().describe('Seconds; 30 unless told.'),
  event: z.unknown().optional().describe('First argument of the handler; of shell, its standard input.'),
  stdin: programFields.stdin,
  env_vars: environment.nullish(),
});

export type ExecuteRequest = z.infer<typeof ExecuteRequest>;

export const ExecuteResponse = z.object({
  execution_id: z.string(),
  session_id: z.string(),
  status: z.string(),
  submitted_at: instant,
});

const status = z.enum(['pending', 'running', 'completed', 'failed', 'timeout']);

/** Answer of GET /api/v1/executions/{id}/status. */
export const SessionExecution = z.object({
  execution_id: z.string(),
  id: z.string().describe('The same.'),
  session_id: z.string().optional(),
  status,
  language: ProgramLanguage,
  created_at: instant,
  started_at: instant.optional(),
  completed_at: instant.optional(),
});

export type SessionExecution = z.infer<typeof SessionExecution>;

/** Answer of GET /api/v1/executions/{id}/result. */
export const SessionResult = z.object({
  execution_id: z.string(),
  status: z.enum(['pending', 'running', 'success', 'failed', 'timeout']),
  stdout: z.string(),
  stderr: z.string(),
  exit_code: z.int().optional().describe('Absent while it runs.'),
  execution_time: z.number().optional().describe('Seconds.'),
  return_value: z.unknown().optional(),
  error_message: z.string().optional(),
  metrics: z
    .object({
      duration_ms: z.number(),
      cpu_time_ms: z.number().optional(),
      peak_memory_mb: z.number().optional(),
    })
    .optional(),
});

export type SessionResult = z.infer<typeof SessionResult>;

/** Answer of GET /api/v1/executions/{id}. */
export const SessionExecutionDetail = SessionExecution.extend({ code: z.string(), result: SessionResult });

export const SessionExecutionList = z.object({
  executions: z.array(SessionExecution),
  total: z.int(),
  limit: z.int(),
  offset: z.int(),
});
