import { type ErrorCode, errorTable } from '../api/errors.ts';
import type { DescribedResponse, JsonSchema } from './json.ts';
import type { RouteSchema } from './route.ts';

/** What a program refuses with on every route. */
export interface Refusals {
  /** For who may not ask; not on routes that are open to all. */
  unauthorized: readonly ErrorCode[];
  /** For anything unforeseen. */
  unknown: ErrorCode;
}

/** The body of every error. */
export const errorSchema: JsonSchema = {
  type: 'object',
  required: ['code', 'reference', 'message'],
  properties: {
    code: { type: 'string', description: 'Tells errors apart; docs/troubleshooting.md explains each.' },
    reference: { type: 'string', description: 'A short name for people, as FS_001; it never changes.' },
    message: { type: 'string' },
    field: { type: 'string', description: 'The field, parameter or header that is to blame.' },
    expected: { type: 'string', description: 'What would have been right there.' },
    error: {
      type: 'object',
      required: ['code', 'message'],
      properties: { code: { type: 'string' }, message: { type: 'string' } },
      description: 'LobeHub’s routes: the same in its words.',
    },
  },
};

/** Codes that a route may answer with: those it names, and those that come with what it checks. */
export function refusalsOf(schema: RouteSchema, { unauthorized, unknown }: Refusals): ErrorCode[] {
  const codes = new Set<ErrorCode>();
  const { body, consumes = ['application/json'], params, querystring, headers, security } = schema;
  // A route that checks in its own way says so.
  const checksItself = schema.errors?.some((code) => errorTable[code] === 401);
  if (security?.length !== 0 && !checksItself) for (const code of unauthorized) codes.add(code);
  if (body) codes.add('UNSUPPORTED_MEDIA_TYPE');
  if (body && consumes.some((type) => type.endsWith('json')))
    codes.add('INVALID_REQUEST_BODY').add('PAYLOAD_TOO_LARGE');
  if (params || querystring || headers) codes.add('INVALID_PARAMETER');
  if (querystring && !querystring.safeParse({}).success) codes.add('MISSING_QUERY');
  for (const code of schema.errors ?? []) codes.add(code);
  return [...codes.add(unknown)];
}

/** Errors as responses, by status. */
export function describeRefusals(codes: readonly ErrorCode[]): Record<string, DescribedResponse> {
  const statuses = [...new Set(codes.map((code) => errorTable[code]))].sort();
  return Object.fromEntries(
    statuses.map((status) => {
      const same = codes.filter((code) => errorTable[code] === status);
      const schema = { $ref: '#/components/schemas/Error', properties: { code: { enum: same } } };
      return [
        String(status),
        {
          description: same.map((code) => `\`${code}\``).join(', '),
          content: { 'application/json': { schema } },
        },
      ];
    }),
  );
}
