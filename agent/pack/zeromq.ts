import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Plugin } from 'esbuild';

const require = createRequire(import.meta.url);
const buildFolder = join(dirname(require.resolve('zeromq')), '../build');

/** The one prebuilt addon that the pack needs, of the dozen that the npm package brings. */
export function zeromqBinary(): string {
  const manifest = JSON.parse(readFileSync(join(buildFolder, 'manifest.json'), 'utf8')) as Record<string, string>;
  const fitting = Object.entries(manifest)
    .map(([about, path]) => ({
      ...(JSON.parse(about) as { os: string; arch: string; libc: string; abi: number }),
      path,
    }))
    .filter(({ os, arch, libc }) => os === 'linux' && arch === process.arch && libc === 'glibc')
    // The package's own loader takes the highest too; it is the one built against the oldest glibc.
    .sort((a, b) => b.abi - a.abi);
  if (!fitting[0]) throw new Error(`zeromq has no prebuilt addon for linux ${process.arch}`);
  return join(buildFolder, fitting[0].path);
}

/** In a bundle, zeromq's own loader would look for its manifest beside the pack: the addon lies in it as `zeromq.node`. */
export const zeromqInPack: Plugin = {
  name: 'zeromq-in-pack',
  setup(build) {
    build.onLoad({ filter: /zeromq\/lib\/load-addon\.js$/ }, () => ({
      contents: `
        const addon = { exports: {} };
        process.dlopen(addon, require('node:path').join(__dirname, 'zeromq.node'));
        exports.__esModule = true;
        exports.default = addon.exports;`,
    }));
  },
};
