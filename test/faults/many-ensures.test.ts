import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { containersOf } from '../support/containers.ts';
import { startTestControl } from '../support/control.ts';
import { engineTest } from '../support/engine.ts';
import { sending, workspacePath } from '../support/workspaces.ts';

const [clients, calls] = [4, 250];

/** A client of its own, which asks as often as it may at once and prints what it was told. */
const program = `
const [url, request] = JSON.parse(process.argv[1]);
const ask = async () => {
  const response = await fetch(url, request);
  const { sandbox, created } = await response.json();
  return [response.status, sandbox?.id, created];
};
console.log(JSON.stringify(await Promise.all(Array.from({ length: ${calls} }, ask))));
`;

engineTest('1000 PUTs of one key from four clients at once make one sandbox', async (t) => {
  const control = await startTestControl(t);
  const { headers, ...request } = sending('PUT');
  const signed = { ...request, headers: { ...headers, 'open-sandbox-api-key': control.apiKey } };
  const words = JSON.stringify([control.url + workspacePath('app:ada'), signed]);
  const said = await Promise.all(
    Array.from({ length: clients }, () =>
      promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program, words], { maxBuffer: 2 ** 24 }),
    ),
  );
  const answers = said.flatMap(({ stdout }) => JSON.parse(stdout) as [number, string, boolean][]);
  assert.equal(answers.length, clients * calls);
  assert.deepEqual(
    answers.filter(([status]) => status !== 200).map(([status, , created]) => [status, created]),
    [[201, true]],
  );
  const ids = [...new Set(answers.map(([, id]) => id))];
  assert.deepEqual(await containersOf(control.store), ids);
});
