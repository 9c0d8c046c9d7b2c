import type { OpenApi, Operation } from '../../../shared/openapi/json.ts';

/** One operation of a document, under one of its servers. */
export interface Located extends Operation {
  method: string;
  /** With the server's path in front. */
  path: string;
  /** Where it stands in the document. */
  pointer: string;
}

/** Every operation of a document, under each of its servers' paths. */
export function operationsOf({ paths }: OpenApi): Located[] {
  return Object.entries(paths).flatMap(([path, { servers = [{ url: '/' }], ...methods }]) =>
    servers.flatMap(({ url }) =>
      Object.entries(methods).map(([method, operation]) => ({
        ...(operation as Operation),
        method: method.toUpperCase(),
        path: url.replace(/\/$/, '') + path,
        pointer: `/paths/${escaped(path)}/${method}`,
      })),
    ),
  );
}

/** The operation that a request is one of; where parameters and literal parts fit both, the literal ones are meant. */
export function operationOf(operations: Located[], method: string, url: string): Located | undefined {
  const path = url.split('?')[0]!;
  const fitting = operations.filter((one) => one.method === method && patternOf(one.path).test(path));
  const vagueness = (one: Located) => one.path.replace(/\{.*?\}/g, '\uFFFF');
  return fitting.sort((a, b) => (vagueness(a) < vagueness(b) ? -1 : 1))[0];
}

/** A JSON pointer's part (RFC 6901). */
export function escaped(part: string): string {
  return part.replaceAll('~', '~0').replaceAll('/', '~1');
}

/** A path that ends in `{path}` is one of a wildcard, whose slashes belong to it. */
function patternOf(path: string): RegExp {
  const parts = path.split(/(\{\w+\})/).map((part, index, all) => {
    if (!part.startsWith('{')) return part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    return part === '{path}' && index === all.length - 2 ? '.*' : '[^/]+';
  });
  return new RegExp(`^${parts.join('')}$`);
}
