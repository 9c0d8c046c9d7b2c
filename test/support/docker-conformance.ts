import { randomBytes } from 'node:crypto';
import { realpathSync } from 'node:fs';
import type { TestContext } from 'node:test';
import { DockerRuntime } from '../../control/runtimes/docker/docker.ts';
import { conformance } from '../control/runtimes/conformance.ts';
import { smallImage } from './control-client.ts';
import { engineSocket } from './engine.ts';
import { leftovers } from './leftovers.ts';
import { pack } from './pack.ts';

/** The conformance suite on the engine, with the OCI runtime of a name that it knows. */
export async function dockerConformance(t: TestContext, ociRuntime: string): Promise<void> {
  const stores = [0, 1].map(() => `${randomBytes(4).toString('hex')}-test`) as [string, string];
  const opened: DockerRuntime[] = [];
  const open = async (store: string) => {
    const options = { store, pack: { path: realpathSync(pack) }, socketPath: engineSocket, ociRuntime };
    const runtime = new DockerRuntime(options);
    opened.push(runtime);
    await runtime.check();
    return runtime;
  };
  t.after(async () => {
    for (const runtime of opened) for (const { id } of await runtime.list()) await runtime.remove(id);
    for (const runtime of opened) await runtime.close();
    for (const runtime of opened) await runtime.removeNetwork();
    const left = (await Promise.all(stores.map(leftovers))).flat();
    if (left.length > 0) throw new Error(`left behind: ${left.join(', ')}`);
  });
  const runtime = await open(stores[0]);
  const again = async () => {
    // The port that names are asked at is one process's.
    await runtime.close();
    return open(stores[0]);
  };
  await conformance(t, { runtime, again, other: () => open(stores[1]), base: { image: smallImage, network: false } });
}
