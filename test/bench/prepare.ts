import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');

/** The same pieces as control/demo/prepare.sh, without npm: what measures can't replace what it runs on. */
const pieces = [
  ['an engine', 'bash', 'images/engine.sh'],
  ['the image cubby/jupyter', 'bash', 'images/build.sh', 'jupyter'],
  ['the agent pack', 'node', 'agent/pack/build.ts'],
] as const;

/** Makes sure that engine, image and agent pack are there and up to date. @throws Error that says what to do where one isn't */
export function prepare(): void {
  for (const [name, command, ...args] of pieces) {
    // Standard output is the results'.
    const { status, error } = spawnSync(command, args, { cwd: root, stdio: ['inherit', 2, 2] });
    if (status === 0) continue;
    const why = error?.message ?? `${[command, ...args].join(' ')} ended with ${status}`;
    throw new Error(`${name} is needed (${why}); \`sh control/demo/prepare.sh\` brings everything that is`);
  }
}
