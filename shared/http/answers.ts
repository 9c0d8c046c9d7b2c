import { z } from 'zod';
import type { ErrorCode } from '../api/errors.ts';

/** An answer that is not one JSON document. Fastify takes it as a response's schema; what isn't sent through it is only described. */
export interface Answer {
  description: string;
  /** By name, what the value says. */
  headers?: Record<string, string>;
  /** By media type. For a stream of JSON the schema is that of one event, or one line. */
  content: Record<string, { schema: z.ZodType }>;
}

/** What stands for `*` at the end of a route's URL. It only describes: the route reads the URL itself. */
export interface Wildcard {
  /** As OpenAPI writes it, such as `{port}/{path}`. */
  path: string;
  params: z.ZodObject;
}

declare module 'fastify' {
  interface FastifySchema {
    /** What this route may refuse with, beside what every route like it does: see shared/openapi/refusals.ts. */
    errors?: readonly ErrorCode[];
    wildcard?: Wildcard;
  }
}

const anyBytes = z.any().meta({ type: 'string', format: 'binary' });

/** A stream of server-sent events with this as their data. */
export function eventStream(
  event: z.ZodType,
  description = 'Server-sent events, the data of each as this.',
  headers: Record<string, string> = {},
): Answer {
  return { description, headers, content: { 'text/event-stream': { schema: event } } };
}

/** Bytes as they are. */
export function bytes(description: string, headers: Record<string, string> = {}): Answer {
  return { description, headers, content: { 'application/octet-stream': { schema: anyBytes } } };
}

/** Text in UTF-8. */
export function plainText(description: string, headers: Record<string, string> = {}): Answer {
  return { description, headers, content: { 'text/plain': { schema: z.string() } } };
}

/** An answer of another program, of which nothing is known. */
export function anything(description: string): Answer {
  return { description, content: { '*/*': { schema: z.any() } } };
}

/** An answer without a body. */
export function empty(description: string, headers: Record<string, string> = {}): Answer {
  return { description, headers, content: {} };
}
