import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { TestContext } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import type { FastifyInstance, FastifyRequest } from 'fastify';

/**
 * Watches every Fastify app that is made from now on, until the test ends, for answers that their schema takes something out
 * of. Tells them: a handler sends what is not described, or a schema has forgotten a field.
 */
export function watchForDroppedFields(t: TestContext): string[] {
  const dropped: string[] = [];
  const handed = new WeakMap<FastifyRequest, unknown>();
  const listen = (message: unknown) => {
    const { fastify } = message as { fastify: FastifyInstance };
    fastify.addHook('preSerialization', async (request, _, payload) => {
      handed.set(request, JSON.parse(JSON.stringify(payload)));
      return payload;
    });
    fastify.addHook('onSend', async (request, _, payload) => {
      if (handed.has(request) && !isDeepStrictEqual(JSON.parse(String(payload)), handed.get(request)))
        dropped.push(`${request.routeOptions.config.url}: ${JSON.stringify(handed.get(request))} became ${payload}`);
      return payload;
    });
  };
  subscribe('fastify.initialization', listen);
  t.after(() => unsubscribe('fastify.initialization', listen));
  return dropped;
}
