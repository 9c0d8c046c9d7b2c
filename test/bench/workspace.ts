import { randomUUID } from 'node:crypto';
import { Client } from './http.ts';
import { ended, image } from './sandbox.ts';
import type { Bench } from './scenario.ts';

/** A workspace, whose tools and shell are called through control. */
export interface Workspace {
  /** Calls a tool until its answer is there. @throws Error when it has failed */
  call(tool: string, parameters: object): Promise<void>;
  /** Runs a command until its stream of events has ended. @throws Error when its exit code isn't 0 */
  run(command: string): Promise<void>;
}

/** Gives `use` a workspace of its own and removes it afterwards. */
export async function withWorkspace<T>(
  { control, signal }: Bench,
  use: (workspace: Workspace) => Promise<T>,
): Promise<T> {
  const client = new Client(control.url, { 'open-sandbox-api-key': control.apiKey });
  const path = `/v1/workspaces/${encodeURIComponent(`bench:${randomUUID()}`)}`;
  const json = {
    image: { uri: image },
    timeout: 3600,
    resourceLimits: { cpu: '1', memory: '1Gi' },
    entrypoint: ['sleep', 'infinity'],
  };
  await client.json('PUT', path, { json, signal });
  try {
    return await use({
      call: async (tool, parameters) => {
        const answer = await client.json<{ success: boolean }>('POST', `${path}/tools/${tool}`, {
          json: parameters,
          signal,
        });
        if (!answer.success) throw new Error(`${tool}: ${JSON.stringify(answer)}`);
      },
      run: async (command) =>
        ended(await client.text('POST', `${path}/proxy/44772/command`, { json: { command }, signal })),
    });
  } finally {
    await client.text('DELETE', path, { signal: AbortSignal.timeout(60_000) });
    client.close();
  }
}
