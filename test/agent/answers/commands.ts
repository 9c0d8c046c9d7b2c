import type { TestAgent } from '../../support/agent.ts';
import type { Contract } from '../../support/contract/contract.ts';

/** Everything that routes of commands may answer. */
export async function commands(contract: Contract, agent: TestAgent): Promise<void> {
  const id = await agent.background('echo out; exec sleep 1000');
  for (const [what, call] of [['output'], ['logs'], ['events', { take: 1 }]] as const) {
    await contract.call(`GET /command/${id}/${what}`, 200, call);
    await contract.call(`GET /command/nobody/${what}`, 'COMMAND_NOT_FOUND');
  }
  await contract.call(`GET /command/status/${id}`, 200);
  await contract.call(`DELETE /command?id=${id}`, 200);
  await contract.call(`DELETE /command?id=${id}`, 'COMMAND_NOT_RUNNING');
  await contract.call(`GET /command/status/${id}`, 200);
  await contract.call('GET /command/status/nobody', 'COMMAND_NOT_FOUND');
  await contract.call('DELETE /command?id=nobody', 'COMMAND_NOT_FOUND');
  await contract.call('DELETE /command', 'MISSING_QUERY');
  await contract.call(`DELETE /command?id=${'x'.repeat(200)}`, 'INVALID_PARAMETER');
  const start = (cwd: string) => ({ json: { command: 'true', cwd } });
  await contract.call('POST /command', 'WORKING_DIRECTORY_NOT_FOUND', start('/nowhere'));
  await contract.call('POST /command', 'INVALID_PARAMETER', start('$NOT_SET'));
}
