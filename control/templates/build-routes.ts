import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { Count } from '../../shared/api/counts.ts';
import { BuildEvent } from '../../shared/api/packages.ts';
import { Template } from '../../shared/api/templates.ts';
import { eventStream } from '../../shared/http/answers.ts';
import { ignoreBodies } from '../../shared/http/bodies.ts';
import { escapeLineEnds, sendEventStream } from '../../shared/http/event-stream.ts';
import { templateName, templateReference } from './name.ts';
import { buildEvents, type SentEvent } from './packages/events.ts';
import { shown } from './shown.ts';
import type { Templates } from './templates.ts';

const Params = z.object({ name: z.string().min(1).max(256) });
const tags = ['Templates'];

/** The packages of templates being installed. In a scope of its own: bodies are ignored. */
export async function buildRoutes(untyped: FastifyInstance, { templates }: { templates: Templates }): Promise<void> {
  const app = untyped.withTypeProvider<ZodTypeProvider>();
  ignoreBodies(untyped);

  app.route({
    method: 'GET',
    url: '/templates/:name/build',
    schema: {
      tags,
      operationId: 'followBuild',
      summary:
        'Follow the installation of a template’s packages, from the start or after the event named by Last-Event-ID',
      description: 'Ends when it is ready or has failed.',
      params: Params,
      headers: z.object({ 'last-event-id': Count.optional() }),
      response: { 200: eventStream(BuildEvent) },
      errors: ['INVALID_TEMPLATE_NAME', 'TEMPLATE_NOT_FOUND', 'TEMPLATE_HAS_NO_PACKAGES'],
    },
    handler: async (request, reply) => {
      const key = templates.buildOf(templates.get(templateReference(request.params.name, 'name')));
      const after = request.headers['last-event-id'] ?? 0;
      return sendEventStream(reply, (signal) => frames(buildEvents(templates.builds, key, { after, signal })));
    },
  });

  app.route({
    method: 'POST',
    url: '/templates/:name/build',
    schema: {
      tags,
      operationId: 'retryBuild',
      summary: 'Install a template’s packages again, where they could not be or where its image is another by now',
      params: Params,
      response: { 202: Template },
      errors: [
        'INVALID_TEMPLATE_NAME',
        'TEMPLATE_NOT_FOUND',
        'TEMPLATE_HAS_NO_PACKAGES',
        'DOCKER::SANDBOX_IMAGE_PULL_FAILED',
        'ENGINE_UNAVAILABLE',
        'ENGINE_TIMEOUT',
      ],
    },
    handler: async (request, reply) => {
      const row = await templates.rebuild(templateName(request.params.name));
      return reply.code(202).send(shown(row, templates.builds.toldOf(row.build)));
    },
  });
}

async function* frames(events: AsyncIterable<SentEvent[]>): AsyncGenerator<string> {
  for await (const some of events) {
    yield some.map(({ id, event }) => `id: ${id}\ndata: ${escapeLineEnds(JSON.stringify(event))}\n\n`).join('');
  }
}
