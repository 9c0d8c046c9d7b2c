import type { OpenApi } from './json.ts';
import { describeOperation } from './operation.ts';
import { errorSchema, type Refusals } from './refusals.ts';
import { methodsOf, pathOf, type Route } from './route.ts';
import { Schemas } from './schemas.ts';

/** What a document says before it comes to the routes. */
export interface About extends Pick<OpenApi, 'info' | 'servers' | 'security' | 'tags'> {
  securitySchemes: Record<string, object>;
  refusals: Refusals;
}

/** Under which the same is served once more. */
const version = '/v1';

/**
 * The OpenAPI document of a program's routes. One that is there with and without the version is described once, with both as
 * its servers. @throws Error for routes that say too little, a tag that `about` doesn’t know, or the same id twice
 */
export function describe(routes: readonly Route[], about: About): OpenApi {
  const { info, servers, security, tags, securitySchemes, refusals } = about;
  const schemas = new Schemas();
  const paths: OpenApi['paths'] = {};
  const shown = routes.filter(({ schema }) => !schema?.hide);
  const urls = new Set(shown.map(({ url }) => url));
  const ids = new Set<string>();
  for (const route of shown) {
    const { url } = route;
    if (url.startsWith(version) && urls.has(url.slice(version.length))) continue;
    const path = pathOf(route);
    for (const method of methodsOf(route)) {
      const operation = describeOperation(route, method, refusals, schemas);
      const tag = operation.tags.find((name) => !tags.some((known) => known.name === name));
      if (tag) throw new Error(`${operation.operationId}: the document doesn’t say what ${tag} are`);
      if (ids.has(operation.operationId)) throw new Error(`two operations are called ${operation.operationId}`);
      ids.add(operation.operationId);
      paths[path] ??= urls.has(version + url) ? { servers: bothServers() } : {};
      paths[path][method] = operation;
    }
  }
  return {
    openapi: '3.1.0',
    info,
    servers,
    security,
    tags,
    paths,
    components: { securitySchemes, schemas: { Error: errorSchema, ...sorted(schemas.components) } },
  };
}

function bothServers() {
  return [{ url: version, description: 'As OpenSandbox’s clients ask.' }, { url: '/' }];
}

function sorted<T>(record: Record<string, T>): Record<string, T> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}
