import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { FastifyInstance } from 'fastify';

/** One method of a route as a program has registered it. */
export interface Registered {
  method: string;
  /** As Fastify writes it. */
  url: string;
}

/** Runs `build` and tells every route that the Fastify apps it makes register, whatever they say of it. */
export async function routesRegisteredBy(build: () => unknown): Promise<Registered[]> {
  const routes: Registered[] = [];
  const listen = (message: unknown) =>
    (message as { fastify: FastifyInstance }).fastify.addHook('onRoute', ({ method, url }) => {
      routes.push(...[method].flat().map((one) => ({ method: one, url })));
    });
  subscribe('fastify.initialization', listen);
  try {
    await build();
    return routes;
  } finally {
    unsubscribe('fastify.initialization', listen);
  }
}

/** What OpenAPI has names for, but HEAD, which goes with every GET. */
const nameable = new Set(['GET', 'PUT', 'POST', 'DELETE', 'OPTIONS', 'PATCH', 'TRACE']);

/** Routes as a document writes them, sorted; `wildcards` says what a URL's `*` stands for. */
export function asDocumented(routes: Registered[], wildcards: Record<string, string>): string[] {
  const paths = routes
    .filter(({ method }) => nameable.has(method))
    .map(({ method, url }) => `${method} ${(wildcards[url] ?? url).replace(/:(\w+)/g, '{$1}')}`);
  return [...new Set(paths)].sort();
}
