import type { z } from 'zod';
import { ApiError } from '../api/errors.ts';
import type { Tool } from '../api/tools/tool.ts';
import { explain, SchemaRefusal } from './validation.ts';

/**
 * Reads the parameters of a call. Models send null for what they leave out, and fields that don't exist: neither matters.
 * @throws ApiError INVALID_REQUEST_BODY that names the field and what is expected there
 */
export function readParameters<Parameters extends z.ZodObject>(
  { parameters }: Pick<Tool<Parameters>, 'parameters'>,
  given: unknown,
): z.infer<Parameters> {
  const { success, data, error } = parameters.safeParse(withoutNulls(given ?? {}));
  if (success) return data;
  const { field = 'body', expected } = explain(new SchemaRefusal(error.issues[0]!));
  throw new ApiError('INVALID_REQUEST_BODY', `${field}: ${expected}`, { field, expected });
}

function withoutNulls(given: unknown): unknown {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return given;
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null));
}
