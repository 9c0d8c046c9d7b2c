import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pythonImage } from './control.ts';
import type { ControlClient } from './control-client.ts';
import { until } from './until.ts';

const program = readFileSync(join(import.meta.dirname, '../programs/port_server.py'), 'utf8');

/** A sandbox in which `test/programs/port_server.py` listens, and where it is reached. */
export interface PortServer {
  id: string;
  port: number;
  url: string;
  seen(): Promise<{ sent: number; hanging: number; gone: number }>;
}

export async function startPortServer(control: ControlClient, port = 8000): Promise<PortServer> {
  const { id } = await control.create({
    image: { uri: pythonImage },
    entrypoint: ['python3', '-u', '-c', program, String(port)],
    resourceLimits: { memory: '256Mi', cpu: '2' },
  });
  const url = await control.port(id, port);
  await until(async () => (await fetch(`${url}/seen`)).status === 200, 'the program listens');
  const seen: PortServer['seen'] = async () => (await (await fetch(`${url}/seen`)).json()) as never;
  return { id, port, url, seen };
}
