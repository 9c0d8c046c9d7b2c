import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OpenApi } from '../../shared/openapi/json.ts';
import { startAgent, type TestAgent } from '../support/agent.ts';
import { operationsOf } from '../support/contract/operations.ts';
import { asDocumented, routesRegisteredBy } from '../support/contract/registered.ts';
import { assertOpenApi } from '../support/contract/structure.ts';

const wildcards = { '/proxy/*': '/proxy/:port/:path', '/v1/isolated/*': '/v1/isolated/:path' };

test('the agent’s document is one of OpenAPI 3.1 and has every route that there is, and no other', async (t) => {
  let agent: TestAgent | undefined;
  const routes = await routesRegisteredBy(async () => {
    agent = await startAgent(t);
  });
  const document = (await (await agent!.fetch('/openapi.json')).json()) as OpenApi;
  assertOpenApi(document);
  const documented = operationsOf(document).map(({ method, path }) => `${method} ${path}`);
  assert.deepEqual(documented.sort(), asDocumented(routes, wildcards));
});
