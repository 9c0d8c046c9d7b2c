import type { z } from 'zod';
import type { ErrorCode } from '../api/errors.ts';

/** A route as Fastify's hook `onRoute` tells of it. */
export interface Route {
  method: string | readonly string[];
  /** As Fastify writes it, with its prefix: `/command/:id/logs`, `/proxy/*`. */
  url: string;
  schema?: RouteSchema | undefined;
}

/** What a route checks, sends and says of itself. */
export interface RouteSchema {
  /** True for what is no part of the API, as the files of a page. */
  hide?: boolean;
  operationId?: string;
  summary?: string;
  description?: string;
  tags?: readonly string[];
  security?: readonly Record<string, readonly string[]>[];
  /** Media types of the body; JSON where nothing is said. */
  consumes?: readonly string[];
  params?: z.ZodObject;
  querystring?: z.ZodObject;
  headers?: z.ZodObject;
  body?: z.ZodType;
  response?: Record<string, z.ZodType | Described>;
  errors?: readonly ErrorCode[];
  wildcard?: { path: string; params: z.ZodObject };
}

/** An answer with more to it than one JSON document: see shared/http/answers.ts. */
export interface Described {
  description?: string;
  headers?: Record<string, string>;
  content: Record<string, { schema: z.ZodType }>;
}

/** Methods that OpenAPI can name. HEAD is left out: every GET answers it too. */
const methods = ['get', 'put', 'post', 'delete', 'options', 'patch', 'trace'];

/** The route's methods as OpenAPI's keys. */
export function methodsOf({ method }: Route): string[] {
  const given = [method].flat().map((one) => one.toLowerCase());
  return methods.filter((one) => given.includes(one));
}

/** The route's path as OpenAPI writes it: `/command/{id}/logs`. */
export function pathOf({ url, schema }: Route): string {
  return url.replace(/:(\w+)/g, '{$1}').replace('*', schema?.wildcard?.path ?? '{path}');
}
