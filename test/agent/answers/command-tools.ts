import { rmSync } from 'node:fs';
import { dirname } from 'node:path';
import type { TestAgent } from '../../support/agent.ts';
import type { Contract } from '../../support/contract/contract.ts';

/** Everything that the tools that run something may answer. */
export async function commandTools(contract: Contract, agent: TestAgent): Promise<void> {
  const run = (parameters: object) => ({ json: { command: 'true', ...parameters } });
  const { outputFiles } = await contract.call<{ outputFiles: { stdout: { path: string } } }>(
    'POST /tools/runCommand',
    200,
    run({ command: 'seq 1 20000; exit 3' }),
  );
  // This user's directory for them, which is nobody else's.
  rmSync(dirname(outputFiles.stdout.path), { recursive: true });
  await contract.call('POST /tools/runCommand', 200, run({ background: true }));
  await contract.call('POST /tools/runCommand', 'WORKING_DIRECTORY_NOT_FOUND', run({ cwd: '/nowhere' }));
  await contract.call('POST /tools/runCommand', 'INVALID_PARAMETER', run({ cwd: '$NOT_SET' }));
  await contract.call('POST /tools/runCommand', 'INVALID_REQUEST_BODY', run({ timeout: 'soon' }));

  const commandId = await agent.background('echo out; echo err >&2; exec sleep 1000');
  const output = { json: { commandId, timeout: 60_000 } };
  await contract.call('POST /tools/getCommandOutput', 200, output);
  await contract.call('POST /tools/getCommandOutput', 'COMMAND_NOT_FOUND', { json: { commandId: 'nobody' } });
  await contract.call('POST /tools/getCommandOutput', 'INVALID_REQUEST_BODY', { json: { commandId, filter: '(' } });
  await contract.call('POST /tools/killCommand', 200, { json: { commandId } });
  await contract.call('POST /tools/killCommand', 200, { json: { commandId: 'nobody' } });
  await contract.call('POST /tools/getCommandOutput', 200, output);

  const program = (parameters: object) => ({ json: { code: 'print(1); 1/0', ...parameters } });
  await contract.call('POST /tools/executeCode', 200, program({}));
  await contract.call('POST /tools/executeCode', 'WORKING_DIRECTORY_NOT_FOUND', program({ cwd: '/nowhere' }));
  await contract.call('POST /tools/executeCode', 'INVALID_PARAMETER', program({ cwd: '$NOT_SET' }));
  await contract.call('POST /tools/executeCode', 'INVALID_REQUEST_BODY', program({ language: 'cobol' }));
}
