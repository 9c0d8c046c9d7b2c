#!/usr/bin/env node
import { main } from './cli/main.ts';

/** The edge of control's process: the command line in, an exit code out. The server is loaded by the commands that need it. */
/** As a shell has it for a program that nobody reads any more, as of `cubby … | head`. */
const unread = 141;
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? unread : 1));

process.exitCode = await main(process.argv.slice(2), {
  start: async (config) => (await import('./start.ts')).startControl(config),
  findStores: async (config) => (await import('./recover.ts')).findStores(config),
  removeStore: async (config, store) => (await import('./recover.ts')).removeStore(config, store),
});
