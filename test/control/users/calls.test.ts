import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { Calls, Refusal } from '../../../control/users/calls.ts';
import { UsersError } from '../../../control/users/problem.ts';

type Turn = (response: ServerResponse) => void;

/** A server that answers each request in its turn, and calls of it. */
async function answering(t: TestContext, turns: Turn[], retryMs = 60_000) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    const turn = turns.shift();
    request.resume().once('end', () => (turn ? turn(response) : response.writeHead(500).end()));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const stop = new AbortController();
  const retries: string[] = [];
  const onRetry = (why: string) => void retries.push(why);
  const calls = new Calls({ url, apiKey: 'key', signal: stop.signal, retryMs, onRetry });
  return { calls, asked, retries, stop };
}

const says =
  (status: number, body: object, headers = {}): Turn =>
  (response) =>
    void response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
const key = { issuer: 'app', subject: 'a/b ü' };

test('what fails for now is tried again until it is done', async (t) => {
  const { calls, asked, retries } = await answering(t, [
    says(503, { code: 'ENGINE_UNAVAILABLE', message: 'the engine is away' }, { 'retry-after': '1' }),
    (response) => void response.destroy(),
    says(429, {}),
    (response) => void response.writeHead(502).end('<html>'),
    says(201, { created: true }),
  ]);
  assert.equal(await calls.provision(key, { template: 'x' }), true);
  const put = 'PUT /v1/workspaces/app%3Aa%2Fb%20%C3%BC?start=false';
  assert.deepEqual(asked, [put, put, put, put, put]);
  assert.equal(retries.length, 4);
  assert.equal(retries[0], 'the engine is away (ENGINE_UNAVAILABLE)');
});

test('what is refused is not tried again', async (t) => {
  const { calls, asked } = await answering(t, [says(401, { code: 'INVALID_API_KEY', message: 'The key is wrong.' })]);
  const refusal = (error: unknown) =>
    error instanceof Refusal && error.status === 401 && error.message === 'The key is wrong. (INVALID_API_KEY)';
  await assert.rejects(calls.provision(key, {}), refusal);
  assert.equal(asked.length, 1);
});

test('who does not come back within the time that there is, is given up', async (t) => {
  const { calls } = await answering(t, [], 0);
  await assert.rejects(calls.provision(key, {}), (error) => error instanceof Refusal && error.status === 500);
  const nobody = new Calls({
    url: 'http://127.0.0.1:1',
    apiKey: 'key',
    signal: new AbortController().signal,
    retryMs: 0,
  });
  await assert.rejects(nobody.get(key), (error) => error instanceof UsersError && /127\.0\.0\.1:1/.test(error.message));
});

test('a pause ends when the work is stopped', async (t) => {
  const { calls, stop, retries } = await answering(t, [], 3_600_000);
  const call = calls.provision(key, {});
  stop.abort();
  await assert.rejects(call, (error) => (error as Error).name === 'AbortError');
  assert.ok(retries.length <= 1);
});

test('a server that redirects is not given the key', async (t) => {
  const { calls, asked } = await answering(t, [says(307, {}, { location: '/elsewhere' })], 0);
  await assert.rejects(calls.get(key), UsersError);
  assert.equal(asked.length, 1);
});
