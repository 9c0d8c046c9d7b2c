import { writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { build, transform } from 'esbuild';
import { startSooner } from './start-sooner.ts';
import { zeromqInPack } from './zeromq.ts';

const settings = {
  platform: 'node',
  target: 'node24',
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  logLevel: 'error',
} as const;

/**
 * Bundles the agent into `target`: `main.cjs` has what its start needs, other files what it loads late. esbuild splits modules of
 * ECMAScript only, and those start slower than CommonJS with a compile cache, so each file is made CommonJS afterwards.
 */
export async function bundleAgent(entry: string, target: string, version: string): Promise<void> {
  const { outputFiles } = await build({
    ...settings,
    entryPoints: { main: entry },
    outdir: target,
    outExtension: { '.js': '.cjs' },
    chunkNames: '[name]-[hash]',
    bundle: true,
    splitting: true,
    write: false,
    format: 'esm',
    define: {
      'process.env.CUBBY_VERSION': JSON.stringify(version),
      // ws would load these natives from a node_modules that an image has above the pack, into the agent.
      'process.env.WS_NO_BUFFER_UTIL': '"1"',
      'process.env.WS_NO_UTF_8_VALIDATE': '"1"',
    },
    plugins: [zeromqInPack, startSooner],
  });
  for (const { path, text } of outputFiles) {
    const { code } = await transform(text, { ...settings, format: 'cjs', supported: { 'dynamic-import': false } });
    writeFileSync(join(target, basename(path)), code);
  }
}
