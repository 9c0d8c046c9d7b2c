import type { FastifyInstance } from 'fastify';

/** For routes that take no body: whatever comes as one, of any type or none, is left aside. Clients differ in what they send. */
export function ignoreBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_, payload, done) => {
    payload.resume();
    done(null, undefined);
  });
}
