import { readFileSync } from 'node:fs';
import type { Plugin } from 'esbuild';

/** What a file asks for, the files that ask, and what they get in its place. */
interface Replacement {
  asked: RegExp;
  by: RegExp;
  contents: string;
}

/**
 * What packages load as they are loaded themselves, and the agent never uses, or hardly. All of it together takes a third of the
 * start of every sandbox.
 */
const replacements: Replacement[] = [
  // The agent's messages are English; zod has them in fifty languages.
  {
    asked: /^\.\.\/locales\/index\.js$/,
    by: /\/zod\/v4\//,
    contents: `export { default as en } from "../locales/en.js";`,
  },
  // Tests start the agent from its source, where the patterns in its routes are looked at.
  { asked: /^safe-regex2$/, by: /\/find-my-way\//, contents: 'module.exports = () => true;' },
  { asked: /^worker_threads$/, by: /\/pino\//, contents: 'exports.isMainThread = true;' },
  {
    asked: /^(node:)?assert$/,
    by: /\/(fastify|find-my-way|sonic-boom)\//,
    contents: `module.exports = (holds, ...said) => { if (!holds) require('node:assert')(holds, ...said); };`,
  },
  // Compilers of JSON schemas, in place of which there are zod's.
  absent(/^@fastify\/ajv-compiler$/),
  absent(/^@fastify\/fast-json-stringify-compiler$/),
  // Versions of Fastify that plugins ask for, requests to it without a connection, logs by way of other threads.
  absent(/^semver$/, /\/fastify\//),
  absent(/^light-my-request$/),
  absent(/^\.(\/lib)?\/transport$/, /\/pino\//),
];

function absent(asked: RegExp, by = /\/fastify\//): Replacement {
  const refusal = `throw new Error(${JSON.stringify(`not in the agent pack: ${asked.source}`)});`;
  const trap = `() => { ${refusal} }`;
  return {
    asked,
    by,
    contents: `module.exports = new Proxy(() => {}, { get: ${trap}, apply: ${trap}, construct: ${trap} });`,
  };
}

/** The router compiles a function for every piece of a route's path; what takes their place is made at once and does the same. */
const rewrites: { file: RegExp; was: string; is: string }[] = [
  { file: /\/find-my-way\/lib\/node\.js$/, was: 'LONG_PREFIX_MIN_LENGTH = 16', is: 'LONG_PREFIX_MIN_LENGTH = 2' },
  { file: /\/find-my-way\/lib\/node\.js$/, was: 'path.indexOf(prefix, i) === i', is: 'path.startsWith(prefix, i)' },
  {
    file: /\/find-my-way\/lib\/handler-storage\.js$/,
    was: `    const fnBody = ["'use strict'"]\n\n    // Parameter values arrive`,
    is: `    return (first, second, third, fourth, others) => {
      const named = new NullObject()
      const values = [first, second, third, fourth]
      params.forEach((name, i) => { named[name] = i < 4 ? values[i] : others[i - 4] })
      return named
    }
    const fnBody = ["'use strict'"]\n\n    // Parameter values arrive`,
  },
];

/** Modules of Node's own that are loaded when something of theirs is used: few sandboxes ever do. */
const late = /^(?:node:)?(https|http2|tls|vm|worker_threads|zlib)$/;

/**
 * Bundles the agent so that it starts sooner: without what it never uses, and without loading at once what it may use later.
 * A replacement that nothing asks for any more fails the build.
 */
export const startSooner: Plugin = {
  name: 'start-sooner',
  setup(build) {
    const used = new Set<Replacement>();
    build.onResolve({ filter: /./ }, ({ path, importer, namespace, resolveDir }) => {
      if (namespace !== 'file') return undefined;
      const found = replacements.find(({ asked, by }) => asked.test(path) && by.test(importer));
      if (found) {
        used.add(found);
        return { path: `${path} for ${importer}`, namespace: 'replaced', pluginData: { found, resolveDir } };
      }
      const builtin = late.exec(path)?.[1];
      return builtin ? { path: builtin, namespace: 'late' } : undefined;
    });
    build.onLoad({ filter: /./, namespace: 'replaced' }, ({ pluginData: { found, resolveDir } }) => ({
      contents: (found as Replacement).contents,
      resolveDir: resolveDir as string,
    }));
    build.onLoad({ filter: /./, namespace: 'late' }, async ({ path }) => {
      const names = Object.keys((await import(`node:${path}`)) as object).filter((name) => name !== 'default');
      return {
        contents: `for (const name of ${JSON.stringify(names)})
          Object.defineProperty(exports, name, { enumerable: true, get: () => require('node:${path}')[name] });`,
      };
    });
    build.onLoad({ filter: /\/find-my-way\/lib\// }, ({ path }) => {
      const wanted = rewrites.filter(({ file }) => file.test(path));
      let contents = readFileSync(path, 'utf8');
      for (const { was, is } of wanted) {
        if (contents.split(was).length !== 2) throw new Error(`${path} is another one than was known: ${was}`);
        contents = contents.replace(was, () => is);
      }
      return { contents };
    });
    build.onEnd(({ errors }) => {
      const unused = replacements.filter((replacement) => !used.has(replacement));
      return errors.length > 0
        ? {}
        : { errors: unused.map(({ asked }) => ({ text: `nothing asks for ${asked} any more` })) };
    });
  },
};
