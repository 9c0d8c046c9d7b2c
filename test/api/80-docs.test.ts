import assert from 'node:assert/strict';
import { catalogue } from '../../shared/api/tools/catalogue.ts';
import type { OpenApi } from '../../shared/openapi/json.ts';
import { operationsOf } from '../support/contract/operations.ts';
import { asDocumented, routesRegisteredBy } from '../support/contract/registered.ts';
import { assertOpenApi } from '../support/contract/structure.ts';
import { startTestControl, type TestControl } from '../support/control.ts';
import { engineTest } from '../support/engine.ts';

const doors = ['/sandboxes/:sandboxId/proxy/*', '/sandboxes/:sandboxId/ports/:secret/proxy/*'];
const wildcards = Object.fromEntries([
  ['/v1/workspaces/:key/*', '/v1/workspaces/{key}/{path}'],
  ...['', '/v1'].flatMap((prefix) => doors.map((url) => [prefix + url, prefix + url.replace('*', '{port}/{path}')])),
]);

/** OpenSandbox's templates, which are only refused: below /v1 the document has templates of Cubby's own. */
const undocumented = /^\/templates(\/|$)/;

/** Other names of tools, which the document tells of with the tool, and what only refuses names that there are not. */
const otherNames = [...catalogue.flatMap(({ aliases }) => aliases), ':name'].map(
  (name) => `/v1/workspaces/:key/tools/${name}`,
);

engineTest('the API describes itself, to people and to programs, without a key', async (t) => {
  let started: TestControl | undefined;
  const routes = await routesRegisteredBy(async () => {
    started = await startTestControl(t);
  });
  const control = started!;

  await t.test('as a document of OpenAPI 3.1 with every route in it that is Cubby’s, and no other', async () => {
    const response = await fetch(`${control.url}/openapi.json`);
    assert.equal(response.status, 200);
    const document = (await response.json()) as OpenApi;
    assertOpenApi(document);
    const documented = operationsOf(document).map(({ method, path }) => `${method} ${path}`);
    const api = routes.filter(
      ({ url }) => !url.startsWith('/docs') && !undocumented.test(url) && !otherNames.includes(url),
    );
    assert.deepEqual(documented.sort(), asDocumented(api, wildcards));
  });

  await t.test('and as one of the agent in each sandbox, which the agent has too', async () => {
    const response = await fetch(`${control.url}/openapi/agent.json`);
    assert.equal(response.status, 200);
    const document = await response.text();
    assertOpenApi(JSON.parse(document) as OpenApi);
    const { id } = await control.create();
    assert.equal(await (await (await control.agent(id)).fetch('/openapi.json')).text(), document);
  });

  await t.test('as a page with both, and all that the page needs', async () => {
    const page = await fetch(`${control.url}/docs`);
    assert.equal(page.status, 200);
    const html = await page.text();
    const parts = [...html.matchAll(/(?:src|href)="([^":]+\.(?:js|css))"/g)].map(([, part]) => part!);
    assert.ok(parts.length >= 3, html);
    const texts = await Promise.all(
      parts.map(async (part) => {
        const response = await fetch(new URL(part, page.url));
        assert.equal(response.status, 200, part);
        return response.text();
      }),
    );
    for (const document of ['"/openapi.json"', '"/openapi/agent.json"'])
      assert.ok(
        texts.some((text) => text.includes(document)),
        document,
      );
  });
});
