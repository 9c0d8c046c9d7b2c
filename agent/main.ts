import { chmodSync, rmSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pino } from 'pino';
import { buildAgent } from './app.ts';
import { readConfig } from './config.ts';

/**
 * The agent's process: settings in, socket open, signals obeyed. What it starts outlives it, so ending it is never
 * dangerous; init brings it back.
 */
async function main(): Promise<void> {
  const config = readConfig(process.env);
  // No secret stays where a child, or a child's debugger, could find it.
  for (const name of Object.keys(process.env)) if (name.startsWith('CUBBY_')) delete process.env[name];

  const logger = pino({ level: config.logLevel, name: 'cubby-agent' }, pino.destination({ dest: 2, sync: true }));
  const app = buildAgent(config, logger);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => app.close().then(() => process.exit(0)));
  }
  // The threads for work with files are made now: at the first need of them a fork bomb may have left no room, which would end the agent.
  await stat('/');
  const port = /^(.*):(\d+)$/.exec(config.listen);
  if (port) {
    await app.listen({ host: port[1]!, port: Number(port[2]) });
  } else {
    // A socket left by an agent that was killed.
    rmSync(config.listen, { force: true });
    await app.listen({ path: config.listen });
    chmodSync(config.listen, 0o600);
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`cubby-agent: ${error instanceof Error ? error.stack : error}\n`);
  process.exit(1);
});
