import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { checkingErrors } from '../../shared/api/making-errors.ts';
import { pageQuery, paginationOf } from '../../shared/api/pages.ts';
import {
  CreateTemplateRequest,
  PatchTemplateRequest,
  Template,
  TemplateList,
  TemplateSpec,
} from '../../shared/api/templates.ts';
import { templateName, templateReference } from './name.ts';
import { refuseVirtualMachines } from './opensandbox.ts';
import { shown } from './shown.ts';
import type { TemplateRow } from './store.ts';
import type { Templates } from './templates.ts';

const Params = z.object({ name: z.string().min(1).max(256) });
const tags = ['Templates'];

/** What sandboxes are made of, by name. */
export function templateRoutes(untyped: FastifyInstance, { templates }: { templates: Templates }): void {
  const app = untyped.withTypeProvider<ZodTypeProvider>();
  const told = (row: TemplateRow) => shown(row, templates.builds.toldOf(row.build));
  const asJson = untyped.getDefaultJsonParser('error', 'error');
  untyped.addContentTypeParser('application/merge-patch+json', { parseAs: 'string' }, asJson);
  untyped.addHook('preValidation', async (request) => refuseVirtualMachines(request));

  app.route({
    method: 'POST',
    url: '/templates',
    schema: {
      tags,
      operationId: 'createTemplate',
      summary: 'Make a template',
      body: CreateTemplateRequest,
      response: {
        201: {
          description: 'It was made.',
          headers: { location: 'Path of the template.' },
          content: { 'application/json': { schema: Template } },
        },
      },
      errors: [...checkingErrors, 'TEMPLATE_ALREADY_EXISTS', 'FSB::API_NOT_SUPPORTED'],
    },
    handler: async (request, reply) => {
      const { name, ...spec } = request.body;
      const row = await templates.create(templateName(name), spec);
      return reply.code(201).header('location', `/v1/templates/${name}`).send(told(row));
    },
  });

  app.route({
    method: 'GET',
    url: '/templates',
    schema: {
      tags,
      operationId: 'listTemplates',
      summary: 'List templates in their newest version, newest template first',
      querystring: z.object(pageQuery),
      response: { 200: TemplateList },
      errors: ['FSB::API_NOT_SUPPORTED'],
    },
    handler: async (request) => {
      const { page, pageSize } = request.query;
      const { rows, total } = templates.store.list(page, pageSize);
      return {
        items: rows.map((row) => shown(row, templates.builds.store.find(row.build))),
        pagination: paginationOf(total, request.query),
      };
    },
  });

  app.route({
    method: 'GET',
    url: '/templates/:name',
    schema: {
      tags,
      operationId: 'getTemplate',
      summary: 'One template in its newest version, or in the one behind an @',
      params: Params,
      response: { 200: Template },
      errors: ['INVALID_TEMPLATE_NAME', 'TEMPLATE_NOT_FOUND', 'FSB::API_NOT_SUPPORTED'],
    },
    handler: async (request) => told(templates.get(templateReference(request.params.name, 'name'))),
  });

  app.route({
    method: 'PUT',
    url: '/templates/:name',
    schema: {
      tags,
      operationId: 'putTemplate',
      summary: 'Make a template, or its next version',
      description: 'The body is the whole of it. Where it says what the newest version does, there is no new one.',
      params: Params,
      body: TemplateSpec,
      response: { 200: Template, 201: Template.describe('It was made.') },
      errors: checkingErrors,
    },
    handler: async (request, reply) => {
      const { row, created } = await templates.put(templateName(request.params.name), request.body);
      return reply.code(created ? 201 : 200).send(told(row));
    },
  });

  app.route({
    method: 'PATCH',
    url: '/templates/:name',
    schema: {
      tags,
      operationId: 'patchTemplate',
      summary: 'Change some of a template: makes its next version',
      params: Params,
      body: PatchTemplateRequest,
      response: { 200: Template },
      errors: [...checkingErrors, 'TEMPLATE_NOT_FOUND'],
    },
    handler: async (request) => told(await templates.patch(templateName(request.params.name), request.body)),
  });

  app.route({
    method: 'DELETE',
    url: '/templates/:name',
    schema: {
      tags,
      operationId: 'deleteTemplate',
      summary: 'Forget a template; sandboxes made of it go on',
      params: Params,
      response: { 204: z.undefined() },
      errors: ['INVALID_TEMPLATE_NAME', 'TEMPLATE_NOT_FOUND', 'FSB::API_NOT_SUPPORTED'],
    },
    handler: async (request, reply) => {
      templates.remove(templateName(request.params.name));
      return reply.code(204).send();
    },
  });
}
