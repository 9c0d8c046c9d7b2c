import { ensureApiKey } from '../config/api-key.ts';
import { secretVariables } from '../config/environment.ts';
import { flags } from '../config/flags.ts';
import { loadConfig } from '../config/load.ts';
import type { Config } from '../config/schema.ts';
import type { Command } from './command.ts';
import type { Edge, Running } from './edge.ts';
import { explainStartError } from './start-error.ts';
import { aborted, stopSignal } from './stop.ts';
import { readVersion } from './version.ts';

/** Loads the configuration, listens, and ends when it is told to. */
export const start: Command = {
  name: 'start',
  synopsis: '[--config FILE] [--set section.key=value]... [--FLAG VALUE]...',
  summary: 'start the server',
  details: () =>
    [
      'Flags of single settings (`cubby init-config -` explains every setting):',
      ...[...flags].map(([flag, { name }]) => `  --${flag.padEnd(18)} ${name}`),
      '',
      'Without --config, CUBBY_CONFIG names the file, else ~/.cubby.toml or /etc/cubby/cubby.toml is read if it is there.',
    ].join('\n'),
  async run(args, edge) {
    const { config: configured, file } = loadConfig(args, edge.surroundings);
    const { config, keptIn, made } = ensureApiKey(configured);
    // From here on only the configuration has them, and no child process is given them by accident.
    for (const name of secretVariables()) delete edge.surroundings.env[name];
    edge.err(`configuration: ${file ?? 'no file, defaults'}\n`);
    if (keptIn) edge.err(`API key: ${made ? 'made, and kept' : 'kept'} in ${keptIn}\n`);
    return await serve(config, keptIn, edge);
  },
};

async function serve(config: Config, keyFile: string | undefined, edge: Edge): Promise<number> {
  const signals = edge.stop ? undefined : stopSignal();
  const stop = edge.stop ?? signals!.signal;
  try {
    const running = await startOrExplain(config, edge);
    if (!running) return 1;
    edge.err(`cubby ${readVersion(edge.surroundings)} listens on ${running.url}\n`);
    const key = keyFile ? `$(cat ${keyFile})` : '$KEY';
    edge.err(
      `list sandboxes: curl -H "OPEN-SANDBOX-API-KEY: ${key}" ${running.url}/v1/sandboxes; all routes: ${running.url}/docs\n`,
    );
    await aborted(stop);
    await running.close();
    return 0;
  } finally {
    signals?.release();
  }
}

async function startOrExplain(config: Config, edge: Edge): Promise<Running | undefined> {
  try {
    return await edge.start(config);
  } catch (error) {
    edge.err(`cubby: ${explainStartError(error, config)}\n`);
    return undefined;
  }
}
