import { randomUUID } from 'node:crypto';
import { removeContainer } from './containers.ts';
import { image } from './sandbox.ts';
import type { Bench } from './scenario.ts';

/** A container that has all of a sandbox's settings, mounts and limits, and none of Cubby's programs: it only sleeps. */
export async function settingsOf(id: string, { engine, label, signal }: Bench): Promise<object> {
  const { Config, HostConfig } = await engine.containerOf(id, signal);
  return {
    Image: image,
    User: Config['User'],
    WorkingDir: Config['WorkingDir'],
    Env: Config.Env,
    Entrypoint: ['sleep', 'infinity'],
    Cmd: [],
    Healthcheck: Config['Healthcheck'],
    Labels: label,
    HostConfig,
  };
}

/** Milliseconds that the engine takes to make a container and to start it, which is removed again. */
export async function createAndStart(json: object, { engine, signal }: Bench): Promise<number> {
  const started = performance.now();
  const path = `/containers/create?name=cubby-bench-${randomUUID()}`;
  const { Id } = await engine.ask<{ Id: string }>('POST', path, { json, signal });
  try {
    await engine.ask('POST', `/containers/${Id}/start`, { signal });
    return performance.now() - started;
  } finally {
    await removeContainer(engine, Id);
  }
}
