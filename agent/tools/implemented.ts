import type { z } from 'zod';
import type { ErrorCode } from '../../shared/api/errors.ts';
import type { Tool } from '../../shared/api/tools/tool.ts';
import { readParameters } from '../../shared/http/tool-parameters.ts';
import type { ToolCall } from './call.ts';

/** A tool with what does it. */
export interface Implemented {
  tool: Tool;
  /** What it may be refused with, beside its parameters and who the sandbox's user is. */
  errors: readonly ErrorCode[];
  /** Checks the parameters and does the work. @throws ApiError */
  run(given: unknown, callFor: (parameters: object) => ToolCall): Promise<unknown>;
}

/** Says what does a tool. */
export function implemented<Parameters extends z.ZodObject, Result extends z.ZodType>(
  tool: Tool<Parameters, Result>,
  errors: readonly ErrorCode[],
  does: (parameters: z.infer<Parameters>, call: ToolCall) => Promise<z.input<Result>>,
): Implemented {
  return {
    tool,
    errors,
    run: async (given, callFor) => {
      const parameters = readParameters(tool, given);
      return does(parameters, callFor(parameters));
    },
  };
}
