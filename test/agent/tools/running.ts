import assert from 'node:assert/strict';
import type { z } from 'zod';
import type { ErrorBody } from '../../../shared/api/errors.ts';
import { executeCode } from '../../../shared/api/tools/execute-code.ts';
import { getCommandOutput } from '../../../shared/api/tools/get-command-output.ts';
import { killCommand } from '../../../shared/api/tools/kill-command.ts';
import { runCommand } from '../../../shared/api/tools/run-command.ts';
import type { TestAgent } from '../../support/agent.ts';

type ResultOf<T extends { result: z.ZodType }> = z.output<T['result']>;

/** Calls the tools that run something, and holds their results against what the catalogue says. */
export function running(agent: TestAgent) {
  const call = async <Result extends z.ZodType>(
    { name, result }: { name: string; result: Result },
    parameters: object,
    init?: RequestInit,
  ): Promise<z.output<Result>> => {
    const response = await agent.post(`/tools/${name}`, parameters, init);
    const body = await response.json();
    assert.equal(response.status, 200, JSON.stringify(body));
    return result.parse(body);
  };
  return {
    run: (command: string, more: object = {}, init?: RequestInit): Promise<ResultOf<typeof runCommand>> =>
      call(runCommand, { command, ...more }, init),
    code: (
      language: string,
      code: string,
      more: object = {},
      init?: RequestInit,
    ): Promise<ResultOf<typeof executeCode>> => call(executeCode, { language, code, ...more }, init),
    /** Starts it in the background and returns its id. */
    start: async (command: string, more: object = {}): Promise<string> => {
      const { commandId, running } = await call(runCommand, { command, background: true, ...more });
      assert.equal(running, true);
      return commandId;
    },
    output: (commandId: string, more: object = {}): Promise<ResultOf<typeof getCommandOutput>> =>
      call(getCommandOutput, { commandId, ...more }),
    kill: (commandId: string): Promise<ResultOf<typeof killCommand>> => call(killCommand, { commandId }),
  };
}

/** The error that a call is refused with. */
export async function refusal(agent: TestAgent, tool: string, parameters: object): Promise<ErrorBody> {
  const response = await agent.post(`/tools/${tool}`, parameters);
  const body = (await response.json()) as ErrorBody;
  assert.notEqual(response.status, 200, JSON.stringify(body));
  return body;
}
