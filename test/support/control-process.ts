import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type ControlClient, controlClient } from './control-client.ts';

const program = join(import.meta.dirname, '../../control/main.ts');

/** How a process ended. */
export interface End {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** Control as a process of its own, as `npm start` runs it: one that a test may kill. */
export interface ControlProcess extends ControlClient {
  child: ChildProcess;
  pid: number;
  /** Lines of its log so far. */
  log: string[];
  /** Ends it as a power cut would. */
  kill(): Promise<End>;
  /** Ends it as an administrator would. */
  stop(): Promise<End>;
}

/** What every control of a test is told: agents may start slowly where much else is done. */
export function usualSettings(state: string): Record<string, string> {
  return { 'store.path': state, 'server.port': '0', 'sandbox.ready_timeout_seconds': '120' };
}

/** Starts `cubby start` on a free port of loopback over a state directory, and returns when it listens. The caller ends it. */
export async function startControlProcess(
  state: string,
  settings: Record<string, string> = {},
): Promise<ControlProcess> {
  const all = { ...usualSettings(state), 'log.level': 'warn', ...settings };
  const argv = Object.entries(all).flatMap(([name, value]) => ['--set', `${name}=${value}`]);
  const child = spawn(process.execPath, [program, 'start', ...argv], { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = once(child, 'exit').then(([code, signal]): End => ({ code, signal }));
  const log: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => log.push(line));
  const url = await listening(child, ended);
  const end = (signal: NodeJS.Signals) => {
    child.kill(signal);
    return ended;
  };
  return {
    ...controlClient(url, readFileSync(join(state, 'api-key'), 'utf8').trim()),
    child,
    pid: child.pid!,
    log,
    kill: () => end('SIGKILL'),
    stop: () => end('SIGTERM'),
  };
}

async function listening(child: ChildProcess, ended: Promise<End>): Promise<string> {
  const said: string[] = [];
  const { promise, resolve } = Promise.withResolvers<string>();
  createInterface({ input: child.stderr! }).on('line', (line) => {
    said.push(line);
    const url = /listens on (\S+)/.exec(line)?.[1];
    if (url) resolve(url);
  });
  const failed = ended.then(({ code, signal }) => {
    throw new Error(`control ended with ${signal ?? code} before it listened: ${said.join('\n')}`);
  });
  failed.catch(() => {});
  return await Promise.race([promise, failed]);
}
