import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { egress, execd, lifecycle } from '../support/contract/protocol.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/opensandbox.md'), 'utf8');
const requirements = readFileSync(join(import.meta.dirname, '../clients/python/requirements.txt'), 'utf8');
const { devDependencies } = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8')) as {
  devDependencies: Record<string, string>;
};

test('docs/opensandbox.md has every route that the protocol promises', () => {
  const quoted = [...page.matchAll(/`([^`]+)`/g)].flatMap(([, text]) => text!.match(/\/[\w/{}-]*[\w}]/g) ?? []);
  const missing = [...lifecycle, ...execd, ...egress]
    .map(({ route }) => route.split(' ')[1]!.replace('/sandboxes/{id}/proxy/18080', '').replace('/{path}', ''))
    // A table says the beginning once, and a noun stands for its members.
    .filter((path) => !quoted.some((part) => path.endsWith(part) || path.replace(/\/\{\w+\}$/, '').endsWith(part)));
  assert.deepEqual(missing, []);
});

test('docs/opensandbox.md says which versions of clients the tests drive', () => {
  const said = [...page.matchAll(/^\| .*`(@alibaba-group\/opensandbox|opensandbox[\w-]*)`.* \| ([\d.]+) \|$/gm)];
  const driven = Object.fromEntries(said.map(([, name, version]) => [name, version]));
  const python = [...requirements.matchAll(/^(opensandbox[\w-]*)==(.+)$/gm)].map(([, name, version]) => [
    name,
    version,
  ]);
  const js = '@alibaba-group/opensandbox';
  assert.deepEqual(driven, { ...Object.fromEntries(python), [js]: devDependencies[js] });
});
