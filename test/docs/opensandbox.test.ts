import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { pino } from 'pino';
import { describeAgent } from '../../agent/openapi.ts';
import { buildControl, type ControlOptions } from '../../control/app.ts';
import { Passes } from '../../control/gateway/passes.ts';
import type { OpenApi } from '../../shared/openapi/json.ts';

const root = join(import.meta.dirname, '../..');
const pack = join(root, '.pack/current');
const page = readFileSync(join(root, 'docs/opensandbox.md'), 'utf8');

test('docs/opensandbox.md names every route of the server, and no other', async () => {
  assert.deepEqual(named('The server’s routes'), operations(await describeControl()));
});

test('docs/opensandbox.md names every route of the agent, and no other', async () => {
  assert.deepEqual(named('The agent’s routes'), operations(await describeAgent(pack)));
});

test('docs/opensandbox.md names tests that are there, by the words that they have', () => {
  const cited = [...page.matchAll(/`(test\/[\w./-]+\.\w+)`(?:: “([^”]+)”)?/g)];
  assert.ok(cited.length > 10);
  for (const [, path, title = ''] of cited) {
    assert.ok(existsSync(join(root, path!)), path);
    assert.ok(readFileSync(join(root, path!), 'utf8').includes(title), `${path}: ${title}`);
  }
});

test('docs/opensandbox.md says which versions of clients the tests drive', () => {
  const rows = [...page.matchAll(/^\| .*`((?:@alibaba-group\/)?opensandbox[\w-]*)`.* \| ([\d.]+) \|$/gm)];
  const requirements = readFileSync(join(root, 'test/clients/python/requirements.txt'), 'utf8');
  const python = [...requirements.matchAll(/^(opensandbox[\w-]*)==(.+)$/gm)];
  const js = '@alibaba-group/opensandbox';
  const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const driven = python.map(([, name, version]) => [name, version]);
  assert.deepEqual(Object.fromEntries(rows.map(([, name, version]) => [name, version])), {
    ...Object.fromEntries(driven),
    [js]: devDependencies[js],
  });
});

/** What a section’s tables name in their first column, as `GET, PUT /path`. */
function named(heading: string): string[] {
  const section = page.split(/^## /m).find((part) => part.startsWith(`${heading}\n`));
  const cells = [...(section ?? '').matchAll(/^\| (.*?) \|/gm)].map(([, cell]) => cell!);
  return cells
    .flatMap((cell) => [...cell.matchAll(/`([A-Z, ]+) (\/[^`\s]*)`/g)])
    .flatMap(([, methods, path]) => methods!.split(', ').map((method) => `${method} ${path}`))
    .sort();
}

function operations({ paths }: OpenApi): string[] {
  return Object.entries(paths)
    .flatMap(([path, { servers: _, ...methods }]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    )
    .sort();
}

/** Control’s document, from the routes that it really registers; nobody calls one, so there is nothing behind them. */
async function describeControl(): Promise<OpenApi> {
  const app = await buildControl({
    sandboxes: { renewals: {}, connections: { close: () => {} } },
    snapshots: {},
    policies: {},
    workspaces: {},
    lobehub: {},
    access: {},
    passes: new Passes(),
    network: true,
    keys: {},
    publicHost: undefined,
    logger: pino({ level: 'silent' }),
    pack,
  } as unknown as ControlOptions);
  const document = await app.inject('/openapi.json');
  await app.close();
  return document.json() as OpenApi;
}
