import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pythonImage } from './control.ts';
import type { ControlClient } from './control-client.ts';
import { until } from './until.ts';
import { ensure, workspacePath } from './workspaces.ts';

const program = readFileSync(join(import.meta.dirname, '../programs/port_server.py'), 'utf8');

/** Of the workspace in which a program listens. */
export const key = 'app:ada/ü@example.com';

/** Its path. */
export const ada = workspacePath(key);

/** The path of its agent. */
export const agent = `${ada}/proxy/44772`;

/** A workspace in which test/programs/port_server.py listens at port 8000. */
export async function startServer(control: ControlClient): Promise<string> {
  const { sandbox } = await ensure(control, key, {
    image: { uri: pythonImage },
    entrypoint: ['python3', '-u', '-c', program, '8000'],
    resourceLimits: { memory: '256Mi', cpu: '2' },
  });
  const listens = async () => (await control.fetch(`${ada}/proxy/8000/seen`)).status === 200;
  await until(listens, 'the program listens');
  return sandbox.id;
}

/** How many events of a kind a sandbox has. */
export const eventsOf = async (control: ControlClient, id: string, kind: string) => {
  const text = await (await control.fetch(`/v1/sandboxes/${id}/diagnostics/events`)).text();
  return text.split('\n').filter((line) => line.includes(kind)).length;
};
