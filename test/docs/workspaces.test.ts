import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { signed, textToSign } from '../../control/workspaces/signatures/signature.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/workspaces.md'), 'utf8');
const vector = Object.fromEntries(
  [...page.matchAll(/^\| (\w+) \| `(.+)` \|$/gm)].map(([, name, value]) => [name, value]),
);
const { issuer, secret, method, path, body, time, nonce, hash, signature } = vector as Record<string, string>;
const headers = {
  'Cubby-Issuer': issuer,
  'Cubby-Time': time,
  'Cubby-Nonce': nonce,
  'Cubby-Content-SHA256': hash,
  'Cubby-Signature': signature,
};

const blockOf = (language: string) => new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'ms').exec(page)![1]!;
const run = (program: string, ...argv: string[]) =>
  JSON.parse(execFileSync(program, argv, { encoding: 'utf8' })) as unknown;

test('the test vector of docs/workspaces.md is what the server asks for', () => {
  const text = textToSign(
    { issuer: issuer!, time: time!, nonce: nonce!, body: hash! },
    { method: method!, path: path! },
  );
  assert.equal(signed(text, secret!), signature);
});

test('the client in TypeScript of docs/workspaces.md signs it', () => {
  const words = JSON.stringify([issuer, secret, method, path, body, Number(time), nonce]);
  const program = `${blockOf('ts')}\nconsole.log(JSON.stringify(signed(...${words})));`;
  assert.deepEqual(run(process.execPath, '--input-type=module-typescript', '--eval', program), headers);
});

test('the client in Python of docs/workspaces.md signs it', () => {
  const words = [issuer, secret, method, path].map((word) => JSON.stringify(word)).join(', ');
  const call = `signed(${words}, ${JSON.stringify(body)}.encode(), ${time}, ${JSON.stringify(nonce)})`;
  assert.deepEqual(run('python3', '-c', `${blockOf('python')}\nimport json\nprint(json.dumps(${call}))`), headers);
});
