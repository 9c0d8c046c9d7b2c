import assert from 'node:assert/strict';
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import Fastify, { type FastifyInstance } from 'fastify';
import { serializerCompiler } from 'fastify-type-provider-zod';
import { metricRoutes } from '../../../agent/metrics/routes.ts';
import type { UsageSource } from '../../../agent/metrics/sampler.ts';
import { Metrics } from '../../../shared/api/metrics.ts';
import { renderProblems } from '../../../shared/http/problems.ts';
import { endStreamsOnClose } from '../../../shared/http/stream.ts';
import { validatorCompiler } from '../../../shared/http/validation.ts';

test('GET /metrics answers JSON with OpenSandbox’s five fields', async (t) => {
  const { app } = build(t);
  const answer = await app.inject('/metrics');
  assert.equal(answer.statusCode, 200);
  assert.match(String(answer.headers['content-type']), /^application\/json/);
  const metrics = Metrics.parse(answer.json());
  assert.equal(metrics.scope, 'sandbox');
  assert.deepEqual(answer.json().pressure.cpu.some, { avg10: 1, avg60: 2, avg300: 3, total_seconds: 4 });
  for (const name of ['cpu_count', 'cpu_used_pct', 'mem_total_mib', 'mem_used_mib', 'timestamp'] as const)
    assert.equal(typeof metrics[name], 'number', name);
});

test('Prometheus gets its text, in the newer format where it prefers that', async (t) => {
  const { app } = build(t);
  const text = await app.inject({ url: '/metrics', headers: { accept: 'text/plain;version=0.0.4' } });
  assert.equal(text.headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8');
  assert.match(text.body, /^cubby_sandbox_memory_used_bytes 1048576$/m);
  const open = await app.inject({ url: '/metrics', headers: { accept: 'application/openmetrics-text,*/*;q=0.1' } });
  assert.equal(open.headers['content-type'], 'application/openmetrics-text; version=1.0.0; charset=utf-8');
  assert.match(open.body, /^# TYPE cubby_sandbox_cpu_seconds counter\ncubby_sandbox_cpu_seconds_total [\d.]+$/m);
  assert.ok(open.body.endsWith('\n# EOF\n'));
});

test('where the kernel shows no numbers of the sandbox’s own, Prometheus is told so and JSON names the scope', async (t) => {
  const { app } = build(t, { ...source, scope: 'machine' });
  const refused = await app.inject({ url: '/metrics', headers: { accept: 'text/plain' } });
  assert.equal(refused.statusCode, 503);
  assert.equal(refused.json().code, 'METRICS_NOT_AVAILABLE');
  assert.equal((await app.inject('/metrics')).json().scope, 'machine');
});

test('a watch is lines of JSON, one a second', async (t) => {
  const { app, sources } = build(t);
  const response = await open(app, '/metrics/watch');
  assert.equal(response.headers['content-type'], 'application/x-ndjson');
  const times: number[] = [];
  for await (const line of createInterface(response)) {
    times.push(Metrics.parse(JSON.parse(line)).timestamp);
    if (times.length === 3) break;
  }
  const apart = (times[2]! - times[0]!) / 2;
  assert.ok(apart > 900, `${apart} ms apart`);
  response.destroy();
  await silent(sources);
});

test('an EventSource gets server-sent events', async (t) => {
  const { app } = build(t);
  const response = await open(app, '/metrics/watch', { accept: 'text/event-stream' });
  assert.equal(response.headers['content-type'], 'text/event-stream');
  const [chunk] = await once(response.setEncoding('utf8'), 'data');
  const match = /^data: (.*)\n\n/.exec(chunk);
  assert.ok(Metrics.parse(JSON.parse(match![1]!)));
  response.destroy();
});

test('a watch breaks off when the server closes', async (t) => {
  const { app } = build(t);
  for (const accept of ['*/*', 'text/event-stream']) {
    const response = await open(app, '/metrics/watch', { accept });
    await once(response, 'data');
    response.on('error', () => {}).resume();
    t.after(() => response.destroy());
    if (accept === '*/*') continue;
    // Told apart from an end: a client that wants more comes back.
    const closed = new Promise((resolve) => response.once('close', resolve));
    await Promise.all([app.close(), closed]);
    assert.ok(!response.complete);
  }
});

const stall = { avg10: 1, avg60: 2, avg300: 3, totalSeconds: 4 };
const source: UsageSource = {
  scope: 'sandbox',
  read: () => ({
    cpuSeconds: process.cpuUsage().user / 1e6,
    memoryBytes: 1024 * 1024,
    pressure: { cpu: { some: stall } },
  }),
};

function build(t: TestContext, usage = source): { app: FastifyInstance; sources: { reads: number } } {
  const sources = { reads: 0 };
  const app = Fastify();
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  renderProblems(app, { invalid: 'INVALID_REQUEST_BODY', unknown: 'RUNTIME_ERROR' });
  endStreamsOnClose(app);
  const read = () => {
    sources.reads++;
    return usage.read();
  };
  metricRoutes(app, { source: { ...usage, read } });
  t.after(() => app.close());
  return { app, sources };
}

async function open(app: FastifyInstance, path: string, headers = {}): Promise<IncomingMessage> {
  if (!app.server.listening) await app.listen({ port: 0, host: '127.0.0.1' });
  const { port } = app.server.address() as AddressInfo;
  const [response] = await once(get({ port, path, headers, agent: false }), 'response');
  return response;
}

/** Nobody reads any more: two of the watch's intervals pass without a look. */
async function silent(sources: { reads: number }): Promise<void> {
  const deadline = performance.now() + 60_000;
  let before = -1;
  while (before !== sources.reads) {
    assert.ok(performance.now() < deadline, 'still looking after a minute');
    before = sources.reads;
    await delay(2100);
  }
}
