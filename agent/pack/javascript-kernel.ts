import { join } from 'node:path';
import { type BuildOptions, buildSync } from 'esbuild';

/** How the JavaScript kernel becomes one file that any Node can at least read: an old one has to say that it is too old. */
const options: BuildOptions = {
  entryPoints: [join(import.meta.dirname, '../kernels/javascript/start.ts')],
  bundle: true,
  platform: 'node',
  target: 'node14',
  format: 'cjs',
  legalComments: 'none',
  logLevel: 'error',
};

/** Makes `javascript.cjs` in the directory of the programs that start kernels. */
export function bundleJavascriptKernel(directory: string): void {
  buildSync({ ...options, outfile: join(directory, 'javascript.cjs') });
}
