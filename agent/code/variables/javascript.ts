import type { Changes, Dialect } from './dialect.ts';

const kept = 'globalThis[Symbol.for("cubby.variables")]';
const put = 'value === null ? delete process.env[name] : (process.env[name] = value)';

/** For Node, and for what has its `process`. */
export const javascript: Dialect = {
  change: (changes) => `void (() => { for (const [name, value] of ${pairs(changes)}) ${put}; })()`,
  set: (variables) =>
    `void (() => { const kept = ${kept} ??= {}; for (const [name, value] of ${pairs(variables)}) { ` +
    'if (!Object.hasOwn(kept, name)) kept[name] = process.env[name] ?? null; process.env[name] = value; } })()',
  restore: () =>
    `void (() => { for (const [name, value] of Object.entries(${kept} ?? {})) { ${put}; } delete ${kept}; })()`,
};

function pairs(changes: Changes): string {
  return JSON.stringify(Object.entries(changes));
}
