import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { it, type TestContext } from 'node:test';
import { type Connection, connectionOf } from '../../../control/cli/connection.ts';
import type { Edge } from '../../../control/cli/edge.ts';
import { emptyHome } from './program.ts';

/** Where commands call, and with which key, given an environment and flags; `kept`: the key that a server here has made. */
function found(
  context: TestContext,
  env: NodeJS.ProcessEnv,
  values: Parameters<typeof connectionOf>[0],
  kept?: string,
): Connection {
  const surroundings = emptyHome(context, env);
  const store = join(surroundings.home, 'store');
  mkdirSync(store);
  if (kept !== undefined) writeFileSync(join(store, 'api-key'), `${kept}\n`);
  const set = [`store.path=${store}`, ...([values.set ?? []].flat() as string[])];
  return connectionOf({ ...values, set }, { surroundings } as Edge);
}

it('without a word, the server of this machine is called with the key that it keeps', (context) => {
  assert.deepEqual(found(context, {}, {}, 'kept'), { url: 'http://127.0.0.1:8080', apiKey: 'kept' });
  const elsewhere = { set: ['server.host=0.0.0.0', 'server.port=9000', 'server.public_host=cubby.example.com'] };
  const env = { CUBBY_SERVER_API_KEY: 'a-key-of-the-environment' };
  assert.equal(found(context, env, elsewhere, 'kept').url, 'http://127.0.0.1:9000');
  assert.equal(found(context, {}, { set: ['server.host=::1'] }, 'kept').url, 'http://[::1]:8080');
});

it('a flag, a variable or a file says where and with what', (context) => {
  const env = { CUBBY_URL: 'https://cubby.example.com/', CUBBY_SERVER_API_KEY: 'a-key-of-the-environment' };
  assert.deepEqual(found(context, env, {}), { url: 'https://cubby.example.com', apiKey: 'a-key-of-the-environment' });
  const other = found(context, env, { url: 'http://localhost:1/below/' }, 'kept');
  assert.deepEqual(other, { url: 'http://localhost:1/below', apiKey: 'a-key-of-the-environment' });
  const { home } = emptyHome(context);
  const file = join(home, 'key');
  writeFileSync(file, 'a-key-of-a-file-of-its-own\n', { mode: 0o600 });
  assert.equal(found(context, {}, { 'api-key-file': file }, 'kept').apiKey, 'a-key-of-a-file-of-its-own');
});

it('the key that a server of this machine keeps is sent to no other', (context) => {
  const missing = /^UsageError: --api-key-file: expected a file with the server’s API key/;
  assert.throws(() => found(context, {}, { url: 'http://cubby.example.com' }, 'kept'), missing);
  assert.throws(() => found(context, {}, { url: 'http://127.0.0.1.example.com' }, 'kept'), missing);
  assert.throws(() => found(context, {}, {}), missing);
});
