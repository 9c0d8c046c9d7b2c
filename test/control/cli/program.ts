import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Edge } from '../../../control/cli/edge.ts';
import { main } from '../../../control/cli/main.ts';
import type { Terminal } from '../../../control/cli/terminal.ts';
import { realSurroundings, type Surroundings } from '../../../control/config/surroundings.ts';

/** A real machine with an empty home directory, which is removed with the test. It has no /etc/cubby. */
export function emptyHome(context: TestContext, env: NodeJS.ProcessEnv = {}): Surroundings {
  const home = mkdtempSync(join(tmpdir(), 'cubby-test-'));
  context.after(() => rmSync(home, { recursive: true }));
  const real = realSurroundings();
  return {
    ...real,
    env,
    home,
    cwd: home,
    uid: 1000,
    readFile(path) {
      if (path.startsWith('/etc/')) throw Object.assign(new Error(path), { code: 'ENOENT' });
      return real.readFile(path);
    },
  };
}

/** As where a program has started this one: nobody is there, and nothing comes in. */
export const noTerminal: Terminal = {
  columns: () => undefined,
  ask: async () => undefined,
  input: async function* () {},
};

/** Runs one command line to its end, and gives all that can be seen of it. */
export async function cubby(argv: readonly string[], edge: Partial<Edge> & Pick<Edge, 'surroundings'>) {
  let out = '';
  let err = '';
  const code = await main(argv, {
    start: () => Promise.reject(new Error('nothing was to be started')),
    findStores: () => Promise.reject(new Error('nothing was to be looked for')),
    removeStore: () => Promise.reject(new Error('nothing was to be removed')),
    terminal: noTerminal,
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    ...edge,
  });
  return { code, out, err };
}
