import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import * as api from '../../shared/api/files.ts';
import { nothing, sendNothing } from '../../shared/http/nothing.ts';
import { about } from './about.ts';
import { type Acting, type ActingOptions, acting, IdentityParams, identityPrefix } from './acting.ts';
import { readInfo } from './info.ts';
import { jsonArray } from './json-array.ts';
import { listDirectory } from './list.ts';
import { makeDirectories } from './make.ts';
import { move } from './move.ts';
import { checkQueryEncoding } from './path.ts';
import { setPermissions, toAccess } from './permissions.ts';
import { removeDirectories, removeFiles } from './remove.ts';
import { replaceIn } from './replace.ts';
import { search } from './search.ts';
import { inSlices, runInSlices } from './slices.ts';
import { transferRoutes } from './transfer-routes.ts';

export interface FileRoutesOptions extends ActingOptions {
  /** The agent's own directory: no request removes it. */
  own: string;
}

/** Bytes of a JSON body; for `replace`, which carries texts, and for the others. */
const textsLimit = 8 * 1024 * 1024;
const bodyLimit = 1024 * 1024;

/**
 * `/files*` and `/directories*` of OpenSandbox's execd, and the same below a prefix that names another user. The app has to
 * have zod's validator and serializer.
 */
export function fileRoutes(app: FastifyInstance, options: FileRoutesOptions): void {
  // In scopes of their own, for their hooks and their kinds of body.
  app.register(async (scope) => register(scope, options));
  app.register(
    async (scope) => {
      scope.addHook('onRoute', (route) => {
        const { operationId, ...schema } = route.schema ?? {};
        route.schema = { ...schema, params: IdentityParams, operationId: `${operationId}As` };
      });
      register(scope, options);
    },
    { prefix: identityPrefix },
  );
}

function register(scope: FastifyInstance, { own, ...options }: FileRoutesOptions): void {
  const routes = scope.withTypeProvider<ZodTypeProvider>();
  const as = ({ params }: FastifyRequest) => acting(params, options);

  scope.addHook('onRequest', async (request) => checkQueryEncoding(request.url));

  routes.get(
    '/files/info',
    {
      schema: {
        ...about('getFilesInfo', 'What is known of files, by path', 'FILE_NOT_FOUND'),
        querystring: api.PathsQuery,
        response: { 200: z.record(z.string(), api.FileInfo) },
      },
    },
    async (request) => {
      const { who, atEach } = as(request);
      return Object.fromEntries(await runInSlices(who, readInfo(atEach(request.query.path))));
    },
  );

  routes.delete(
    '/files',
    {
      schema: {
        ...about('removeFiles', 'Remove files; a missing one is fine'),
        querystring: api.PathsQuery,
        response: { 200: nothing },
      },
    },
    async (request, reply) => {
      const { who, atEach } = as(request);
      await runInSlices(who, removeFiles(atEach(request.query.path)));
      return sendNothing(reply);
    },
  );

  routes.post(
    '/files/permissions',
    {
      bodyLimit,
      schema: {
        ...about('chmodFiles', 'Set mode, owner and group', 'FILE_NOT_FOUND'),
        body: api.PermissionsByPath,
        response: { 200: nothing },
      },
    },
    async (request, reply) => {
      const { who, at } = as(request);
      await runInSlices(who, setPermissions(accessTo(request.body, at)));
      return sendNothing(reply);
    },
  );

  routes.post(
    '/files/mv',
    {
      bodyLimit,
      schema: {
        ...about(
          'renameFiles',
          'Move or rename files and directories',
          'FILE_NOT_FOUND',
          'FILE_ALREADY_EXISTS',
          'DISK_FULL',
        ),
        body: api.Moves,
        response: { 200: nothing },
      },
    },
    async (request, reply) => {
      const { who, at } = as(request);
      const moves = request.body.map(({ src, dest }, index) => {
        return { src: at(src, `${index}.src`), dest: at(dest, `${index}.dest`) };
      });
      await runInSlices(who, move(moves));
      return sendNothing(reply);
    },
  );

  routes.post(
    '/files/replace',
    {
      bodyLimit: textsLimit,
      schema: {
        ...about(
          'replaceContent',
          'Replace a string in files; with `verbose`, the answer says how often',
          'FILE_NOT_FOUND',
          'DISK_FULL',
        ),
        querystring: api.ReplaceQuery,
        body: api.Replacements,
        response: { 200: api.ReplaceResults.optional() },
      },
    },
    async (request, reply) => {
      const { body, query } = request;
      const { who, at } = as(request);
      const replacements = Object.entries(body).map(([text, texts]) => ({ path: at(text, text), ...texts }));
      const results: [string, { replacedCount: number }][] = [];
      for (const { path, old, new: replacement } of replacements) {
        results.push([path.text, { replacedCount: await replaceIn(who, path, old, replacement) }]);
      }
      return query.verbose ? reply.send(Object.fromEntries(results)) : sendNothing(reply);
    },
  );

  routes.get(
    '/files/search',
    {
      schema: {
        ...about('searchFiles', 'Find files below a directory by a glob on their base name', 'FILE_NOT_FOUND'),
        querystring: api.SearchQuery,
        response: { 200: z.array(api.FileInfo) },
      },
    },
    async (request, reply) => {
      const { who, at } = as(request);
      const { path, pattern } = request.query;
      return sendArray(reply, search(who, at(path, 'path'), pattern || '**'));
    },
  );

  routes.get(
    '/directories/list',
    {
      schema: {
        ...about('listDirectory', 'What is in a directory, to a depth', 'FILE_NOT_FOUND'),
        querystring: api.ListQuery,
        response: { 200: z.array(api.FileInfo) },
      },
    },
    async (request, reply) => {
      const { who, at } = as(request);
      const { path, depth } = request.query;
      return sendArray(reply, inSlices(who, listDirectory(at(path, 'path'), depth)));
    },
  );

  routes.post(
    '/directories',
    {
      bodyLimit,
      schema: {
        ...about('makeDirs', 'Make directories, with what is missing above them', 'FILE_ALREADY_EXISTS', 'DISK_FULL'),
        body: api.PermissionsByPath,
        response: { 200: nothing },
      },
    },
    async (request, reply) => {
      const { who, at } = as(request);
      await runInSlices(who, makeDirectories(accessTo(request.body, at)));
      return sendNothing(reply);
    },
  );

  routes.delete(
    '/directories',
    {
      schema: {
        ...about('removeDirs', 'Remove directories with all that is in them; a missing one is fine'),
        querystring: api.PathsQuery,
        response: { 200: nothing },
      },
    },
    async (request, reply) => {
      const { who, atEach } = as(request);
      await runInSlices(who, removeDirectories(atEach(request.query.path), own));
      return sendNothing(reply);
    },
  );

  scope.register(transferRoutes, options);
}

function accessTo(body: z.infer<typeof api.PermissionsByPath>, at: Acting['at']) {
  return Object.entries(body).map(([text, given]) => ({ path: at(text, text), access: toAccess(given, text) }));
}

function sendArray(reply: FastifyReply, batches: AsyncIterable<unknown[]>): FastifyReply {
  return reply.type('application/json; charset=utf-8').send(jsonArray(batches));
}
