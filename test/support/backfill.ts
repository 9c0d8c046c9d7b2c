import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { TestContext } from 'node:test';
import type { z } from 'zod';
import type { Edge } from '../../control/cli/edge.ts';
import { realSurroundings } from '../../control/config/surroundings.ts';
import type { WorkspaceList } from '../../shared/api/workspaces.ts';
import { cubby } from '../control/cli/program.ts';
import type { ControlClient } from './control-client.ts';
import type { End } from './control-process.ts';
import { startHostControl } from './host-control.ts';

export const program = join(import.meta.dirname, '../../control/main.ts');

/** A line that is written every ten seconds. */
const progress = /^(?:workspaces|reading users|deleting): [\d,]+(?: of [\d,]+)?(?: {2}.*)?\n/gm;

/** A control without an engine, `cubby workspaces` for it, and a directory for what that reads. */
export interface WorkspaceCommands {
  control: ControlClient;
  /** Writes a file, and gives its path. */
  file(name: string, text: string | Buffer): string;
  /** Runs `cubby workspaces …` in this process. How far it is, which is told on a slow machine, is left out of what it says. */
  run(args: string[], edge?: Partial<Edge>): ReturnType<typeof cubby>;
  /** Its command line and environment, for a process of its own. */
  words(args: string[]): { argv: string[]; env: NodeJS.ProcessEnv };
  /** The same as a process of its own. */
  start(args: string[]): {
    child: ChildProcessByStdio<null, Readable, Readable>;
    kill(signal: NodeJS.Signals): void;
    ended: Promise<End & { out: string; err: string }>;
  };
  /** How many workspaces there are. */
  count(): Promise<number>;
}

/** After the test nothing is left of it. */
export async function workspaceCommands(t: TestContext): Promise<WorkspaceCommands> {
  const control = await startHostControl(t);
  const directory = mkdtempSync(join(tmpdir(), 'cubby-backfill-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const file = (name: string, text: string | Buffer) => {
    const path = join(directory, name);
    writeFileSync(path, text);
    return path;
  };
  const request = file('request.json', JSON.stringify({ image: { uri: 'host' }, entrypoint: ['sleep', '100000'] }));
  const key = { CUBBY_SERVER_API_KEY: control.apiKey };
  const whole = ([word, ...args]: string[]) => {
    const made = word === 'backfill' && !args.includes('--template') ? ['--request', request] : [];
    const url = args.includes('--url') ? [] : ['--url', control.url];
    return ['workspaces', word!, ...args, ...url, ...made];
  };
  const words = (args: string[]) => ({ argv: [program, ...whole(args)], env: { ...process.env, ...key } });
  const surroundings = { ...realSurroundings(), env: key, home: directory, cwd: directory };
  return {
    control,
    file,
    run: async (args, edge) => {
      const { err, ...rest } = await cubby(whole(args), { surroundings, ...edge });
      return { ...rest, err: err.replace(progress, '') };
    },
    words,
    start(args) {
      const { argv, env } = words(args);
      const child = spawn(process.execPath, argv, { env, stdio: ['ignore', 'pipe', 'pipe'] });
      const said = { out: '', err: '' };
      child.stdout.on('data', (chunk) => {
        said.out += chunk;
      });
      child.stderr.on('data', (chunk) => {
        said.err += chunk;
      });
      const ended = once(child, 'close').then(([code, signal]) => ({ code, signal, ...said }));
      t.after(async () => {
        child.kill('SIGKILL');
        await ended;
      });
      return { child, kill: (signal) => void child.kill(signal), ended };
    },
    count: async () => {
      const { pagination } = (await (await control.fetch('/v1/workspaces?pageSize=1')).json()) as z.infer<
        typeof WorkspaceList
      >;
      return pagination!.totalItems;
    },
  };
}

/** So many ids, in no order. */
export function ids(many: number): string[] {
  return Array.from({ length: many }, (_, number) => `user-${(number * 7919) % many}@example.com`);
}
