import { randomUUID } from 'node:crypto';
import { removeContainer } from '../containers.ts';
import { interleave } from '../rounds.ts';
import { image, Sandbox } from '../sandbox.ts';
import type { Bench, Scenario } from '../scenario.ts';

/** From asking for a sandbox to the last event of its first command: what a user waits for who has none yet. */
export const create: Scenario = {
  name: 'create.docker',
  unit: 'ms',
  baseline: 'engine create+start',
  measure: async (bench) => {
    const settings = await bench.withSandbox((sandbox) => settingsOf(sandbox.id, bench));
    return interleave(bench, {
      n: bench.count(20, 3),
      warmUp: bench.count(2, 1),
      value: async () => {
        const started = performance.now();
        const sandbox = await Sandbox.create(bench.control, bench.signal);
        try {
          await sandbox.run('true');
          return performance.now() - started;
        } finally {
          await sandbox.remove();
        }
      },
      baseline: () => createAndStart(settings, bench),
    });
  },
};

/** A container that has all of a sandbox's settings, mounts and limits, and none of Cubby's programs: it only sleeps. */
async function settingsOf(id: string, { engine, label, signal }: Bench): Promise<object> {
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

async function createAndStart(json: object, { engine, signal }: Bench): Promise<number> {
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
