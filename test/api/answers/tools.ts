import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { makingErrors } from '../../../shared/api/making-errors.ts';
import { catalogue } from '../../../shared/api/tools/catalogue.ts';
import type { ToolAnswer } from '../../../shared/api/tools/envelope.ts';
import type { Contract } from '../../support/contract/contract.ts';
import { imports } from './imports.ts';
import { resettable } from './targets.ts';

/** The tools of a workspace, refused each, and imports. */
export async function aboutTools(contract: Contract, t: TestContext): Promise<void> {
  await imports(contract, resettable, t);
  await contract.call(`GET ${resettable}/tools`, 200);
  await contract.call('GET /v1/workspaces/nobody/tools', 'INVALID_WORKSPACE_KEY');
  for (const { name } of catalogue) {
    const json = {};
    const { success } = await contract.call<ToolAnswer>(`POST ${resettable}/tools/${name}`, 200, { json });
    assert.equal(success, false, name);
    await contract.call(`POST /v1/workspaces/nobody/tools/${name}`, 'INVALID_WORKSPACE_KEY', { json });
  }
}

/** A tool makes its workspace where there is none, and is refused with what that is. */
export function excusedOfTools(): Record<string, string> {
  const codes = [...makingErrors, 'DOCKER::SANDBOX_NOT_RUNNING'];
  const calls = catalogue.map(({ name }) => `call${name[0]!.toUpperCase()}${name.slice(1)}`);
  return Object.fromEntries(
    [...calls, 'importFile'].flatMap((operation) =>
      codes.map((code) => [`${operation} ${code}`, 'as PUT /v1/workspaces/{key}']),
    ),
  );
}
