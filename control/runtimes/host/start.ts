import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ApiError } from '../../../shared/api/errors.ts';
import type { ContainerSpec } from '../runtime.ts';
import { bootId, type Made, mustFind, running, type Started } from './find.ts';
import type { HostOptions } from './options.ts';
import type { Place } from './place.ts';
import { readProcess } from './processes.ts';
import { readRecord, writeRecord } from './records.ts';

/** The agent says it when its directory doesn't: a path of more than 107 bytes is no address of a socket. */
const socket = '../run/agent.sock';

/**
 * Starts a sandbox's init, which starts the agent and holds the entrypoint back. It goes on when this process ends. Calls back
 * when it has ended, as long as this process is its parent. One that was stopped begins anew, with the files that it had.
 */
export async function start({ directory, pack, logBytes }: HostOptions, id: string, ended: () => void): Promise<void> {
  const place = mustFind(directory, id);
  if (running(place)) return;
  const { spec } = readRecord<Made>(place.spec)!;
  for (const path of [place.process, place.status, place.stopped, place.spool, place.sockets]) {
    rmSync(path, { recursive: true, force: true });
  }
  for (const path of [place.spool, place.sockets]) mkdirSync(path, { mode: 0o700 });
  const env = environment(spec, place);
  const entries = Object.entries(env).map(([name, value]) => `${name}=${value}\0`);
  writeFileSync(place.environ, entries.join(''), { mode: 0o600 });
  const child = spawn(join(pack, 'init'), words(spec, place, { pack, logBytes }), {
    cwd: workdirOf(spec, place),
    env: { ...env, CUBBY_TOKEN: spec.token },
    stdio: 'ignore',
    detached: true,
  });
  child.once('exit', ended);
  try {
    await once(child, 'spawn');
  } catch (error) {
    const message = `the sandbox could not be started: ${(error as Error).message}`;
    throw new ApiError('DOCKER::SANDBOX_START_FAILED', message, { cause: error });
  }
  child.unref();
  const started = readProcess(child.pid!);
  if (!started) throw new ApiError('DOCKER::SANDBOX_START_FAILED', `sandbox ${id} ended before it was ready`);
  const at = new Date().toISOString();
  writeRecord(place.process, { pid: started.pid, start: started.start, boot: bootId, at } satisfies Started);
}

/** `init keep … -- init boot … -- ENTRYPOINT`: see agent/init/PROTOCOL.md. */
function words(spec: ContainerSpec, place: Place, { pack, logBytes }: { pack: string; logBytes: number }): string[] {
  const settings: Record<string, string> = {
    ...spec.settings,
    CUBBY_PACK: pack,
    CUBBY_LISTEN: socket,
    CUBBY_SPOOL: place.spool,
    CUBBY_ENVIRON: place.environ,
    CUBBY_USER: `${process.getuid!()}:${process.getgid!()}`,
    CUBBY_KEEP_HOME: '1',
    CUBBY_SUPERVISED: '1',
  };
  return [
    ...['keep', '--log', place.log, '--status', place.status, '--size', String(logBytes), '--', join(pack, 'init')],
    ...['boot', '--pack', pack, '--keep-home'],
    ...Object.entries(settings).flatMap(([key, value]) => ['--setting', `${key}=${value}`]),
    '--',
    ...spec.entrypoint,
  ];
}

/** Nothing of control's own gets in but the way to programs, and how they speak. */
function environment({ env, keepHome }: ContainerSpec, { home }: Place): Record<string, string> {
  const own = Object.fromEntries(
    ['PATH', 'LANG', 'LC_ALL', 'TZ'].flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])),
  );
  return { ...own, ...env, HOME: (keepHome && env.HOME) || home };
}

/** `/` is where a sandbox starts whose image says nothing, which here is everybody's. */
function workdirOf({ workdir }: ContainerSpec, { home }: Place): string {
  return workdir === '/' || workdir === '' ? home : workdir;
}
