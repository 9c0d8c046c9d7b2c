import Docker from 'dockerode';
import { descendants } from './processes.ts';
import { until } from './until.ts';

const engine = new Docker();

/** A sandbox's container, for doing something to it behind control's back. */
export function containerOf(store: string, id: string): Docker.Container {
  return engine.getContainer(`cubby-${store.slice(0, 8)}-${id}`);
}

/** Pauses a container by hand; again and again, since the engine can't always on a busy machine. */
export async function pauseByHand(container: Docker.Container): Promise<void> {
  await until(async () => {
    const { State } = await container.inspect();
    if (!State.Paused) await container.pause().catch(() => {});
    return State.Paused;
  }, 'it is paused');
}

/** Ids of the sandboxes of a store that have a container, whatever its state, in order. */
export async function containersOf(store: string): Promise<string[]> {
  const found = await engine.listContainers({ all: true, filters: { label: [`cubby.store=${store}`] } });
  return found.map(({ Labels }) => Labels['cubby.sandbox']!).sort();
}

/** How many volumes of a store there are. */
export async function volumesOf(store: string): Promise<number> {
  const { Volumes: volumes } = await engine.listVolumes({ filters: { label: [`cubby.store=${store}`] } });
  return (volumes ?? []).length;
}

/** The sandbox's first process, as this machine numbers it. */
export async function initPid(store: string, id: string): Promise<number> {
  return (await containerOf(store, id).inspect()).State.Pid;
}

/** The sandbox's agent, as this machine numbers it; waited for where it is just being started. */
export function agentPid(store: string, id: string): Promise<number> {
  return pidOf(store, id, /agent\.cjs/);
}

/** A process of the sandbox by its command line, as this machine numbers it; waited for where it isn't there yet. */
export async function pidOf(store: string, id: string, commandLine: RegExp): Promise<number> {
  const init = await initPid(store, id);
  let pid: number | undefined;
  await until(() => {
    pid = descendants(init).find(({ command }) => commandLine.test(command))?.pid;
    return pid !== undefined;
  }, `there is a process ${commandLine.source}`);
  return pid!;
}
