import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { ApiError } from '../../shared/api/errors.ts';
import { Metrics } from '../../shared/api/metrics.ts';
import { preferred } from '../../shared/http/accept.ts';
import { sendEventStream } from '../../shared/http/event-stream.ts';
import { sendStream } from '../../shared/http/stream.ts';
import { endOfOpenMetrics, exposition, expositionTypes } from '../../shared/metrics/exposition.ts';
import { Sampler, type UsageSource } from './sampler.ts';
import { watch } from './watch.ts';

const tags = ['Metric'];

/** What the sandbox uses: once, for Prometheus, or as it changes. */
export function metricRoutes(untyped: FastifyInstance, { source }: { source: UsageSource }): void {
  const app = untyped.withTypeProvider<ZodTypeProvider>();
  const sampler = new Sampler(source);

  app.route({
    method: 'GET',
    url: '/metrics',
    schema: {
      tags,
      operationId: 'getMetrics',
      summary: 'What the sandbox uses and may use; as text for Prometheus where Accept asks for it',
      response: {
        200: {
          description: 'What is used now.',
          content: {
            'application/json': { schema: Metrics },
            'text/plain': { schema: z.string() },
            'application/openmetrics-text': { schema: z.string() },
          },
        },
      },
      errors: ['METRICS_NOT_AVAILABLE'],
    },
    handler: async (request, reply) => {
      const format = preferred(request.headers.accept, [
        { name: 'json', type: 'application/json' },
        { name: 'openmetrics', type: 'application/openmetrics-text' },
        { name: 'prometheus', type: 'text/plain' },
      ]);
      if (format === 'json') return sampler.sample();
      if (source.scope === 'machine')
        throw new ApiError('METRICS_NOT_AVAILABLE', 'The kernel does not show the sandbox what it uses.');
      const text = exposition([{ usage: source.read() }], format);
      return reply.type(expositionTypes[format]).send(format === 'openmetrics' ? text + endOfOpenMetrics : text);
    },
  });

  app.route({
    method: 'GET',
    url: '/metrics/watch',
    schema: {
      tags,
      operationId: 'watchMetrics',
      summary: 'What the sandbox uses, every second: lines of JSON, or server-sent events where Accept asks for them',
      response: {
        200: {
          description: 'Lines of JSON, or server-sent events, each of this shape.',
          content: { 'application/x-ndjson': { schema: Metrics }, 'text/event-stream': { schema: Metrics } },
        },
      },
    },
    handler: async (request, reply) => {
      const format = preferred(request.headers.accept, [
        { name: 'lines', type: 'application/x-ndjson' },
        { name: 'events', type: 'text/event-stream' },
      ]);
      if (format === 'events') return sendEventStream(reply, (signal) => encoded(watch(sampler, signal), toEvent));
      reply
        .header('content-type', 'application/x-ndjson')
        .header('cache-control', 'no-cache')
        .header('x-accel-buffering', 'no');
      return sendStream(reply, (signal) => encoded(watch(sampler, signal), toLine));
    },
  });
}

async function* encoded(metrics: AsyncIterable<Metrics>, encode: (metrics: Metrics) => string): AsyncGenerator<string> {
  for await (const one of metrics) yield encode(one);
}

function toEvent(metrics: Metrics): string {
  return `data: ${JSON.stringify(metrics)}\n\n`;
}

/** What OpenSandbox's own server sends, though its specification says otherwise. */
function toLine(metrics: Metrics): string {
  return `${JSON.stringify(metrics)}\n`;
}
