import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { CodeContext, CreateContextRequest } from '../../shared/api/code.ts';
import { languageNamed } from '../../shared/api/languages.ts';
import { nothing, sendNothing } from '../../shared/http/nothing.ts';
import type { Contexts } from './contexts.ts';

const Id = z.object({ id: z.string().min(1).max(128) });
const Language = z.string().min(1).max(64).transform(languageNamed);
const tags = ['CodeInterpreting'];
/** What starting a kernel may fail with. */
export const starting = [
  'KERNEL_NOT_AVAILABLE',
  'KERNEL_DIED',
  'KERNEL_SERVER_UNREACHABLE',
  'KERNEL_SERVER_REFUSED',
  'WORKING_DIRECTORY_NOT_FOUND',
  'UNKNOWN_USER',
  'USER_NOT_ALLOWED',
  'SPOOL_FULL',
] as const;

/** The contexts that cells run in. Kernels end with the app. */
export function contextRoutes(untyped: FastifyInstance, { contexts }: { contexts: Contexts }): void {
  const app = untyped.withTypeProvider<ZodTypeProvider>();
  app.addHook('onClose', () => contexts.close());

  app.route({
    method: 'POST',
    url: '/code/context',
    schema: {
      tags,
      operationId: 'createCodeContext',
      summary: 'Make a context, with a kernel that is ready',
      body: CreateContextRequest,
      response: { 200: CodeContext },
      errors: ['INVALID_PARAMETER', ...starting],
    },
    handler: async (request) => {
      const context = await contexts.create(request.body, request.body.cwd);
      return context.describe();
    },
  });

  app.route({
    method: 'GET',
    url: '/code/contexts',
    schema: {
      tags,
      operationId: 'listContexts',
      summary: 'List contexts',
      querystring: z.object({ language: Language.optional() }),
      response: { 200: z.array(CodeContext) },
    },
    handler: async (request) => contexts.list(request.query.language).map((context) => context.describe()),
  });

  app.route({
    method: 'DELETE',
    url: '/code/contexts',
    schema: {
      tags,
      operationId: 'deleteContextsByLanguage',
      summary: 'Delete all contexts of a language',
      querystring: z.object({ language: Language }),
      response: { 200: nothing },
    },
    handler: async (request, reply) => {
      await contexts.deleteAll(request.query.language);
      return sendNothing(reply);
    },
  });

  app.route({
    method: 'GET',
    url: '/code/contexts/:id',
    schema: {
      tags,
      operationId: 'getContext',
      summary: 'What a context is doing',
      params: Id,
      response: { 200: CodeContext },
      errors: ['CONTEXT_NOT_FOUND'],
    },
    handler: async (request) => contexts.get(request.params.id).describe(),
  });

  app.route({
    method: 'DELETE',
    url: '/code/contexts/:id',
    schema: {
      tags,
      operationId: 'deleteContext',
      summary: 'Delete a context and end its kernel',
      params: Id,
      response: { 200: nothing },
      errors: ['CONTEXT_NOT_FOUND'],
    },
    handler: async (request, reply) => {
      await contexts.delete(request.params.id);
      return sendNothing(reply);
    },
  });

  app.route({
    method: 'POST',
    url: '/code/contexts/:id/interrupt',
    schema: {
      tags,
      operationId: 'interruptContext',
      summary: 'Interrupt the cell that runs in a context',
      params: Id,
      response: { 200: nothing },
      errors: ['CONTEXT_NOT_FOUND'],
    },
    handler: async (request, reply) => {
      await contexts.get(request.params.id).interrupt();
      return sendNothing(reply);
    },
  });

  app.route({
    method: 'POST',
    url: '/code/contexts/:id/restart',
    schema: {
      tags,
      operationId: 'restartContext',
      summary: 'Give a context a new kernel; cells that wait go on waiting',
      params: Id,
      response: { 200: CodeContext },
      errors: ['CONTEXT_NOT_FOUND', ...starting],
    },
    handler: async (request) => {
      const context = contexts.get(request.params.id);
      await context.restart();
      return context.describe();
    },
  });
}
