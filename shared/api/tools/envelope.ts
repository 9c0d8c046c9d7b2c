import { z } from 'zod';
import type { Tool } from './tool.ts';

/** Why a tool has failed. */
const ToolError = z.object({
  message: z.string().describe('For models and people: what was wrong, and what would be right.'),
  name: z.string().optional().describe('The error’s code, as in docs/troubleshooting.md.'),
});

/** What every call of a tool is answered with, as LobeHub has it. A command with an exit code other than 0 is a success here. */
export interface ToolAnswer<Result = unknown> {
  /** The tool has done its work. */
  success: boolean;
  /** Null where it has not. */
  result: Result | null;
  error?: z.infer<typeof ToolError>;
  /** The workspace’s sandbox had ended, and another was made for this call: what was in the old one alone is gone. */
  sessionExpiredAndRecreated?: boolean;
}

/** The schema of a tool's answer. */
export function answerOf({ result }: Pick<Tool, 'result'>) {
  return z.object({
    success: z.boolean().describe('The tool has done its work.'),
    result: result.nullable().describe('Null where it has not.'),
    error: ToolError.optional(),
    sessionExpiredAndRecreated: z
      .literal(true)
      .optional()
      .describe('The sandbox had ended, and another was made for this call.'),
  });
}
