import assert from 'node:assert/strict';
import { startTestControl } from '../support/control.ts';
import { engineTest } from '../support/engine.ts';

interface Document {
  openapi: string;
  paths: Record<string, Record<string, { operationId?: string; summary?: string; responses: object }>>;
}

engineTest('the API describes itself, to people and to programs, without a key', async (t) => {
  const control = await startTestControl(t);

  await t.test('as an OpenAPI document with every route in it', async () => {
    const response = await fetch(`${control.url}/openapi.json`);
    assert.equal(response.status, 200);
    const { openapi, paths } = (await response.json()) as Document;
    assert.match(openapi, /^3\.1\./);
    const operations = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ route: `${method} ${path}`, ...operation })),
    );
    const versioned = operations.map(({ route }) => route).filter((route) => route.includes('/v1/'));
    assert.deepEqual(versioned.sort(), [
      'delete /v1/pools/{poolName}',
      'delete /v1/sandboxes/{sandboxId}',
      'delete /v1/snapshots/{snapshotId}',
      'get /v1/pools',
      'get /v1/pools/{poolName}',
      'get /v1/sandboxes',
      'get /v1/sandboxes/{sandboxId}',
      'get /v1/sandboxes/{sandboxId}/diagnostics/logs',
      'get /v1/sandboxes/{sandboxId}/endpoints/{port}',
      'get /v1/snapshots',
      'get /v1/snapshots/{snapshotId}',
      'patch /v1/sandboxes/{sandboxId}/metadata',
      'post /v1/metrics/events',
      'post /v1/pools',
      'post /v1/sandboxes',
      'post /v1/sandboxes/{sandboxId}/pause',
      'post /v1/sandboxes/{sandboxId}/renew-expiration',
      'post /v1/sandboxes/{sandboxId}/resume',
      'post /v1/sandboxes/{sandboxId}/snapshots',
      'put /v1/pools/{poolName}',
    ]);
    for (const { route, operationId, summary, responses } of operations) {
      assert.ok(operationId && summary && Object.keys(responses).length > 0, route);
    }
  });

  await t.test('as a page, with all that the page needs', async () => {
    const page = await fetch(`${control.url}/docs`);
    assert.equal(page.status, 200);
    const html = await page.text();
    const parts = [...html.matchAll(/(?:src|href)="([^":]+\.(?:js|css))"/g)].map(([, part]) => part!);
    assert.ok(parts.length >= 3, html);
    for (const part of parts) {
      const response = await fetch(new URL(part, page.url));
      assert.equal(response.status, 200, part);
    }
  });
});
