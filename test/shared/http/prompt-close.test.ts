import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { test } from 'node:test';
import Fastify, { type FastifyInstance } from 'fastify';
import { closePromptly } from '../../../shared/http/prompt-close.ts';

test('a server that closes waits for answers on their way, and not for who has connected and asked nothing', {
  timeout: 120_000,
}, async () => {
  const app = Fastify({ forceCloseConnections: 'idle' }) as unknown as FastifyInstance;
  closePromptly(app);
  const { promise: asked, resolve: isAsked } = Promise.withResolvers<void>();
  const { promise: answer, resolve: goOn } = Promise.withResolvers<string>();
  app.get('/', () => {
    isAsked();
    return answer;
  });
  const address = await app.listen({ host: '127.0.0.1', port: 0 });
  const silent = connect((app.server.address() as AddressInfo).port, '127.0.0.1');
  await Promise.all([once(silent, 'connect'), once(app.server, 'connection')]);
  const response = fetch(address);
  await asked;
  const ended = once(silent.resume(), 'close');
  const closed = app.close();
  await ended;
  goOn('said in time');
  assert.equal(await (await response).text(), 'said in time');
  await closed;
});
