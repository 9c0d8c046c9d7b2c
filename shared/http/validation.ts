import type { FastifySchemaCompiler } from 'fastify';
import type { z } from 'zod';

/** What a schema has refused. Fastify adds where: `body`, `querystring`, `params` or `headers`. */
export class SchemaRefusal extends Error {
  readonly issue: z.core.$ZodIssue;
  /** Set by Fastify. */
  validationContext?: string;

  constructor(issue: z.core.$ZodIssue) {
    super(issue.message);
    this.name = 'SchemaRefusal';
    this.issue = issue;
  }
}

/** Fastify's validator for schemas of zod. Unlike other ones it keeps the path of a problem as it is, keys with slashes and all. */
export const validatorCompiler: FastifySchemaCompiler<z.ZodType> =
  ({ schema }) =>
  (data) => {
    const { success, data: value, error } = schema.safeParse(data);
    return success ? { value } : { error: new SchemaRefusal(error.issues[0]!) };
  };

/** Says what was wrong with which field, as `envs.PATH` or `egress.0.target`; undefined where the whole value was. */
export function explain({ issue }: SchemaRefusal): { field: string | undefined; expected: string; absent: boolean } {
  const field = issue.path.map(step).join('').replace(/^\./, '').slice(0, 200) || undefined;
  // A record tells of a key that its schema refuses only that it did.
  const cause = issue.code === 'invalid_key' ? (issue.issues[0] ?? issue) : issue;
  const expected = cause.message.slice(0, 500) || 'another value';
  return { field, expected, absent: issue.code === 'invalid_type' && expected.includes('received undefined') };
}

/** Keys that would be misread, as an empty one or one with a line end, are shown as JSON would. */
function step(key: PropertyKey): string {
  const text = String(key).slice(0, 200);
  return /^[^\p{C}\s"]+$/u.test(text) ? `.${text}` : `[${JSON.stringify(text)}]`;
}
