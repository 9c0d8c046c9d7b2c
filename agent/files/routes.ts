import type { FastifyInstance, FastifyReply } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import * as api from '../../shared/api/files.ts';
import { nothing, sendNothing } from '../../shared/http/nothing.ts';
import type { Caller } from '../users/passwd.ts';
import { about } from './about.ts';
import { readInfo } from './info.ts';
import { jsonArray } from './json-array.ts';
import { listDirectory } from './list.ts';
import { makeDirectories } from './make.ts';
import { move } from './move.ts';
import { checkQueryEncoding, type RequestPath, resolvePath, type Surroundings } from './path.ts';
import { setPermissions, toAccess } from './permissions.ts';
import { removeDirectories, removeFiles } from './remove.ts';
import { replaceIn } from './replace.ts';
import { search } from './search.ts';
import { inSlices, runInSlices } from './slices.ts';
import { transferRoutes } from './transfer-routes.ts';

export interface FileRoutesOptions extends Surroundings {
  /** Whose rights a request has. */
  caller: () => Caller;
  /** The agent's own directory: no request removes it. */
  own: string;
}

/** Bytes of a JSON body; for `replace`, which carries texts, and for the others. */
const textsLimit = 8 * 1024 * 1024;
const bodyLimit = 1024 * 1024;

/** `/files*` and `/directories*` of OpenSandbox's execd. The app has to have zod's validator and serializer. */
export function fileRoutes(app: FastifyInstance, options: FileRoutesOptions): void {
  // In a scope of their own, for their hook and their kinds of body.
  app.register(async (scope) => register(scope, options));
}

function register(scope: FastifyInstance, { caller, own, ...surroundings }: FileRoutesOptions): void {
  const routes = scope.withTypeProvider<ZodTypeProvider>();

  function at(text: string, field: string): RequestPath {
    return resolvePath(text, field, caller(), surroundings);
  }
  function atEach(texts: string[]): RequestPath[] {
    return texts.map((text, index) => at(text, texts.length === 1 ? 'path' : `path[${index}]`));
  }
  function accessTo(body: z.infer<typeof api.PermissionsByPath>) {
    return Object.entries(body).map(([text, given]) => ({ path: at(text, text), access: toAccess(given, text) }));
  }

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
    async ({ query }) => Object.fromEntries(await runInSlices(caller(), readInfo(atEach(query.path)))),
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
    async ({ query }, reply) => {
      await runInSlices(caller(), removeFiles(atEach(query.path)));
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
    async ({ body }, reply) => {
      await runInSlices(caller(), setPermissions(accessTo(body)));
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
    async ({ body }, reply) => {
      const moves = body.map(({ src, dest }, index) => {
        return { src: at(src, `${index}.src`), dest: at(dest, `${index}.dest`) };
      });
      await runInSlices(caller(), move(moves));
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
    async ({ body, query }, reply) => {
      const replacements = Object.entries(body).map(([text, texts]) => ({ path: at(text, text), ...texts }));
      const results: [string, { replacedCount: number }][] = [];
      for (const { path, old, new: replacement } of replacements) {
        results.push([path.text, { replacedCount: await replaceIn(caller(), path, old, replacement) }]);
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
    async ({ query }, reply) => sendArray(reply, search(caller(), at(query.path, 'path'), query.pattern || '**')),
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
    async ({ query }, reply) =>
      sendArray(reply, inSlices(caller(), listDirectory(at(query.path, 'path'), query.depth))),
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
    async ({ body }, reply) => {
      await runInSlices(caller(), makeDirectories(accessTo(body)));
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
    async ({ query }, reply) => {
      await runInSlices(caller(), removeDirectories(atEach(query.path), own));
      return sendNothing(reply);
    },
  );

  scope.register(transferRoutes, { caller, at });
}

function sendArray(reply: FastifyReply, batches: AsyncIterable<unknown[]>): FastifyReply {
  return reply.type('application/json; charset=utf-8').send(jsonArray(batches));
}
