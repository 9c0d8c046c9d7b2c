import type { TestContext } from 'node:test';
import type { Contract } from '../../support/contract/contract.ts';
import type { TestControl } from '../../support/control.ts';
import { createRequest } from '../../support/control-client.ts';
import { aboutTasks } from './lobehub.ts';
import { aboutMcp } from './mcp.ts';
import { resettable } from './targets.ts';
import { throughWorkspaces } from './through-workspaces.ts';
import { aboutTools } from './tools.ts';

/** Workspaces, and all that goes by their keys. */
export async function aboutWorkspaces(contract: Contract, control: TestControl, t: TestContext): Promise<void> {
  await contract.call(`POST ${resettable}/reset`, 201, { json: createRequest() });
  await contract.call(`GET ${resettable}`, 200);
  await contract.call('GET /v1/workspaces', 200);
  await contract.call('GET /v1/workspaces?after=', 200);
  for (const status of [201, 200])
    await contract.call('PUT /v1/workspaces/app:provisioned?start=false', status, { json: createRequest() });
  await contract.call('PUT /v1/workspaces/app:provisioned?start=perhaps', 'INVALID_PARAMETER');
  await contract.call('DELETE /v1/workspaces/app:provisioned', 204);
  await contract.call('GET /v1/workspaces?page=0', 'INVALID_PARAMETER');
  await contract.call('GET /v1/workspaces?issuer=A', 'INVALID_WORKSPACE_KEY');
  await throughWorkspaces(contract, control);
  await aboutTools(contract, t);
  await aboutMcp(contract);
  await aboutTasks(contract);
  await contract.call(`DELETE ${resettable}`, 204);
  for (const method of ['PUT', 'GET', 'DELETE'])
    await contract.call(`${method} /v1/workspaces/nobody`, 'INVALID_WORKSPACE_KEY');
  await contract.call('POST /v1/workspaces/nobody/reset', 'INVALID_WORKSPACE_KEY');
  for (const method of ['GET', 'DELETE']) await contract.call(`${method} ${resettable}`, 'WORKSPACE_NOT_FOUND');
  await contract.call(`POST ${resettable}/reset`, 'WORKSPACE_NOT_FOUND');
}
