import { connect } from 'node:net';
import type { TestContext } from 'node:test';
import type { Exported } from '../../../control/transfers/export-file.ts';
import { type TransferRequest, Transfers, type TransfersOptions } from '../../../control/transfers/transfers.ts';
import { startAgent, type TestAgent } from '../../support/agent.ts';

export interface Sending {
  agent: TestAgent;
  /** Sends a file of the agent's. `sandbox`: whose it is taken to be. */
  send(request: TransferRequest, caller?: AbortController, sandbox?: string): Promise<Exported>;
  /** Fetches an object into a file of the agent's. */
  fetch(request: TransferRequest): Promise<{ path: string; size: number }>;
}

type SendingOptions = Pick<TransfersOptions, 'allowedHosts'> & Partial<Omit<TransfersOptions, 'runtime'>>;

/** A real agent, and transfers that reach it as they would reach one in a container. */
export async function startTransfers(
  t: TestContext,
  { timeoutSeconds = 300, maxAtOnce = 64, maxPerSandbox = 8, ...more }: SendingOptions,
): Promise<Sending> {
  const agent = await startAgent(t);
  const { port } = new URL(agent.url);
  const transfers = new Transfers({
    runtime: { connect: async () => connect({ host: '127.0.0.1', port: Number(port) }) },
    timeoutSeconds,
    maxAtOnce,
    maxPerSandbox,
    ...more,
  });
  const sandbox = { id: 'one', token: agent.config.token };
  return {
    agent,
    send: (request, caller = new AbortController(), id = 'one') =>
      transfers.exportFile({ ...sandbox, id }, request, caller.signal),
    fetch: (request) => transfers.importFile(sandbox, request, new AbortController().signal),
  };
}
