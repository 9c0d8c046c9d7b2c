import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startAgent } from '../../support/agent.ts';
import { refused } from '../../support/refused.ts';

test('words run without a shell, each as it is', async (t) => {
  const agent = await startAgent(t);
  const words = ['$PATH', '*', 'two words', '', '-c', 'a\nb', 'ü🙂'];
  const argv = [process.execPath, '-e', 'console.log(JSON.stringify(process.argv.slice(1)))', '--', ...words];
  const { stdout, exitCode, events } = await agent.run(undefined, { argv });
  assert.deepEqual([JSON.parse(stdout), exitCode], [words, 0]);
  const status = await agent.fetch(`/command/status/${events[0]!.text}`);
  assert.deepEqual(JSON.parse(((await status.json()) as { content: string }).content), argv);
});

test('a program is looked for in PATH, that of the request too, and one that is not there is told of', async (t) => {
  const agent = await startAgent(t);
  assert.equal((await agent.run(undefined, { argv: ['true'] })).exitCode, 0);
  const last = async (more: object) => (await agent.run(undefined, more)).events.at(-1)?.error;
  assert.match((await last({ argv: ['true'], envs: { PATH: '/nowhere' } }))?.evalue ?? '', /No such file/);
  assert.match((await last({ argv: ['there-is-no-such-program'] }))?.evalue ?? '', /No such file/);
  assert.match((await last({ argv: ['/etc/passwd'] }))?.evalue ?? '', /Permission denied/);
});

test('either a command or words: neither, both and words that Linux can’t take are refused', async (t) => {
  const agent = await startAgent(t);
  const fields = {
    command: [{}, { command: null, argv: null }],
    argv: [{ command: 'true', argv: ['true'] }, { argv: [] }, { argv: 'true' }, { argv: Array(10_001).fill('x') }],
    'argv.0': [{ argv: [''] }, { argv: [1] }, { argv: ['x'.repeat(128 * 1024)] }, { argv: ['ü'.repeat(65_536)] }],
    'argv.1': [{ argv: ['true', 'a\0b'] }, { argv: ['true', null] }],
  };
  for (const [field, bodies] of Object.entries(fields)) {
    for (const body of bodies) await refused(await agent.post('/command', body), 'INVALID_REQUEST_BODY', field);
  }
  const much = { argv: ['true', ...Array(20).fill('x'.repeat(60_000))] };
  await refused(await agent.post('/command', much), 'INVALID_REQUEST_BODY', 'argv');
});
