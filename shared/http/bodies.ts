import type { FastifyInstance } from 'fastify';

/** For routes whose body may be left out: one of JSON that is empty is none. */
export function emptyIsNoBody(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeContentTypeParser('application/json');
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body.toString().trim() === '') done(null, undefined);
    else parse(request, body.toString(), done);
  });
}

/** For routes that take no body: whatever comes as one, of any type or none, is left aside. Clients differ in what they send. */
export function ignoreBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_, payload, done) => {
    payload.resume();
    done(null, undefined);
  });
}
