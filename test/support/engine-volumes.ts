import { randomBytes } from 'node:crypto';
import type { TestContext } from 'node:test';
import Docker from 'dockerode';

const engine = new Docker();

/** A name that no other volume has. What is called so after the test is removed. */
export function volumeName(t: TestContext): string {
  const name = `test-${randomBytes(6).toString('hex')}`;
  t.after(() => removeVolume(name));
  return name;
}

/** A volume that an administrator made. It is removed after the test. */
export async function foreignVolume(t: TestContext, options: Docker.VolumeCreateOptions = {}): Promise<string> {
  const name = volumeName(t);
  await engine.createVolume({ Name: name, ...options });
  return name;
}

/** The engine's word on a volume; undefined when there is none. */
export async function findVolume(name: string): Promise<Docker.VolumeInspectInfo | undefined> {
  return await engine
    .getVolume(name)
    .inspect()
    .catch((error: { statusCode?: number }) => {
      if (error.statusCode === 404) return undefined;
      throw error;
    });
}

/** Removes a volume, where it is there. */
export async function removeVolume(name: string): Promise<void> {
  const gone = await engine
    .getVolume(name)
    .remove()
    .catch((error: { statusCode?: number }) => error);
  if (gone?.statusCode !== undefined && gone.statusCode !== 404) throw gone;
}
