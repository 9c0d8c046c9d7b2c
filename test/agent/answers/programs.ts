import { randomUUID } from 'node:crypto';
import { readEvents, type TestAgent } from '../../support/agent.ts';
import type { Contract } from '../../support/contract/contract.ts';

/** A program that is run and says one word. */
export const program = () => ({
  id: randomUUID(),
  language: 'python',
  code: 'def handler(event): return 1',
  handler: 'handler',
  timeout: 60_000,
});

/** Everything that routes of programs may answer. */
export async function programs(contract: Contract, agent: TestAgent): Promise<void> {
  const json = program();
  await contract.call('POST /programs', 200, { json });
  await readEvents(await agent.fetch(`/command/${json.id}/events`));
  await contract.call(`GET /programs/${json.id}`, 200);
  await contract.call(`GET /programs/${json.id}?most=1`, 200);
  await contract.call(`GET /programs/${json.id}?most=x`, 'INVALID_PARAMETER');
  await contract.call('GET /programs/nobody', 'COMMAND_NOT_FOUND');
  for (const [change, code] of [
    [{ cwd: '/nowhere' }, 'WORKING_DIRECTORY_NOT_FOUND'],
    [{ language: 'shell' }, 'INVALID_PARAMETER'],
    [{ env: { PATH: '/nowhere' } }, 'KERNEL_NOT_AVAILABLE'],
  ] as const)
    await contract.call('POST /programs', code, { json: { ...program(), ...change } });
}
