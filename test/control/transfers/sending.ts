import { connect } from 'node:net';
import type { TestContext } from 'node:test';
import type { Exported } from '../../../control/transfers/export-file.ts';
import { type TransferRequest, Transfers } from '../../../control/transfers/transfers.ts';
import { startAgent, type TestAgent } from '../../support/agent.ts';

export interface Sending {
  agent: TestAgent;
  /** Sends a file of the agent's. */
  send(request: TransferRequest, caller?: AbortController): Promise<Exported>;
  /** Fetches an object into a file of the agent's. */
  fetch(request: TransferRequest): Promise<{ path: string; size: number }>;
}

/** A real agent, and transfers that reach it as they would reach one in a container. */
export async function startTransfers(
  t: TestContext,
  { allowedHosts, timeoutSeconds = 300 }: { allowedHosts: string[]; timeoutSeconds?: number },
): Promise<Sending> {
  const agent = await startAgent(t);
  const { port } = new URL(agent.url);
  const transfers = new Transfers({
    runtime: { connect: async () => connect({ host: '127.0.0.1', port: Number(port) }) },
    allowedHosts,
    timeoutSeconds,
  });
  const sandbox = { id: 'one', token: agent.config.token };
  return {
    agent,
    send: (request, caller = new AbortController()) => transfers.exportFile(sandbox, request, caller.signal),
    fetch: (request) => transfers.importFile(sandbox, request, new AbortController().signal),
  };
}
