import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { constants, Script } from 'node:vm';
import type { MimeBundle } from '../output.ts';
import type { Report } from './messages.ts';
import { inserted } from './source.ts';
import { bundleOf } from './values.ts';

/** What the thread that runs cells can do for their code. */
export interface Surroundings {
  tell(report: Report): void;
  /** Waits for an answer. @throws Error when nobody will give one */
  ask(prompt: string): string;
}

interface DisplayOptions {
  /** The value is a bundle itself: forms by media type. */
  raw?: boolean;
  display_id?: string;
  /** Changes what has that id instead of showing it anew. */
  update?: boolean;
}

/** Gives cells what they have beside the language: what scripts have in Node, and ways to show things. */
export function defineGlobals({ tell, ask }: Surroundings): void {
  const here = () => join(process.cwd(), 'cell.mjs');
  const define = (name: string, get: () => unknown) =>
    Object.defineProperty(globalThis, name, { get, set: (value) => replace(name, value), configurable: true });
  let last: { base: string; require: NodeJS.Require; import: unknown } | undefined;
  // Relative names and packages are looked for where the program works at the moment.
  const loaders = () => {
    const base = here();
    if (last?.base === base) return last;
    const options = { filename: base, importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER };
    const script = new Script('(specifier, options) => import(specifier, options)', options);
    last = { base, require: createRequire(base), import: script.runInThisContext() };
    return last;
  };
  define('require', () => loaders().require);
  define('__dirname', () => process.cwd());
  define('__filename', here);
  define(inserted.import, () => loaders().import);
  define(inserted.meta, () => ({ url: pathToFileURL(here()).href, filename: here(), dirname: process.cwd() }));
  const module = { exports: {} };
  replace('module', module);
  replace('exports', module.exports);
  replace('prompt', (message: unknown = '', fallback: unknown = null) => ask(String(message)) || fallback);
  replace('jupyter', jupyter(tell));
}

function replace(name: string, value: unknown): void {
  Object.defineProperty(globalThis, name, { value, writable: true, configurable: true });
}

/** As `Deno.jupyter`, for what is the same in both. */
function jupyter(tell: Surroundings['tell']): object {
  const as =
    (type: string) =>
    (strings: TemplateStringsArray | string, ...values: unknown[]) =>
      shown({ [type]: typeof strings === 'string' ? strings : String.raw({ raw: strings }, ...values) });
  return {
    async display(value: unknown, { raw = false, display_id: displayId, update = false }: DisplayOptions = {}) {
      const data = raw ? (value as MimeBundle) : await bundleOf(value);
      tell({ type: 'display', data, metadata: {}, displayId, isUpdate: update });
    },
    html: as('text/html'),
    md: as('text/markdown'),
    svg: as('image/svg+xml'),
    /** Of bytes, or of the file at a path. */
    image(source: string | Uint8Array) {
      const bytes = typeof source === 'string' ? readFileSync(source) : Buffer.from(source);
      return shown({ [bytes[0] === 0xff ? 'image/jpeg' : 'image/png']: bytes.toString('base64') });
    },
    clear: (wait = false) => tell({ type: 'clear', wait }),
  };
}

function shown(bundle: MimeBundle): object {
  return { [Symbol.for('Jupyter.display')]: () => bundle };
}
