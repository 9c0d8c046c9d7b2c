import assert from 'node:assert/strict';
import type { KeptExecution } from '../../shared/api/kept-executions.ts';
import { pythonImage } from './control.ts';
import type { ControlClient } from './control-client.ts';

/** Body of a create of a small sandbox with Python in it. */
export const pythonSandbox = (more: object = {}) => ({
  image: { uri: pythonImage },
  entrypoint: ['sleep', 'infinity'],
  resourceLimits: { memory: '512Mi', cpu: '2' },
  timeout: 600,
  ...more,
});

/** Has code run, and answers what POST does. */
export async function execute(control: ControlClient, body: object, query = ''): Promise<KeptExecution> {
  const response = await control.post(`/v1/executions${query}`, body);
  const text = await response.text();
  assert.equal(response.status, 201, text);
  return JSON.parse(text) as KeptExecution;
}

/** Has code run to its end. */
export async function executed(control: ControlClient, body: object): Promise<KeptExecution> {
  const { id } = await execute(control, body);
  return finished(control, id);
}

/** An execution when it has finished. */
export async function finished(control: ControlClient, id: string): Promise<KeptExecution> {
  for (;;) {
    const response = await control.fetch(`/v1/executions/${id}?wait=20`);
    const execution = (await response.json()) as KeptExecution;
    assert.equal(response.status, 200, JSON.stringify(execution));
    if (execution.finishedAt !== undefined) return execution;
  }
}
