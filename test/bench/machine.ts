import { cpus, release, totalmem } from 'node:os';
import type { Engine } from './engine.ts';

/** What the figures are of: a line each for people. */
export async function describeMachine(engine: Engine): Promise<string> {
  const { Version } = await engine.ask<{ Version: string }>('GET', '/version', { signal: AbortSignal.timeout(10_000) });
  const processors = cpus();
  const lines = [
    ['processor', `${processors[0]?.model.trim() ?? 'unknown'}, ${processors.length} cores`],
    ['memory', `${(totalmem() / 2 ** 30).toFixed(1)} GiB`],
    ['kernel', `Linux ${release()}`],
    ['engine', `Docker ${Version}`],
    ['node', process.version],
    ['date', new Date().toISOString()],
  ];
  return `${lines.map(([name, value]) => `${name!.padEnd(10)} ${value}`).join('\n')}\n`;
}
