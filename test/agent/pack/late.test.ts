import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { runAgent } from '../../../agent/pack/run.ts';
import { pack } from '../../support/pack.ts';
import { until } from '../../support/until.ts';

const token = 'of-a-test-of-what-is-loaded-late';

test('what the agent of the pack loads late is in the pack', async (t) => {
  const { dir, ask } = await startPacked(t);
  const call = (tool: string, parameters: object) => ask(`/tools/${tool}`, JSON.stringify({ cwd: dir, ...parameters }));

  await t.test('for patterns that may take too long', async () => {
    writeFileSync(join(dir, 'here.txt'), 'a needle\n');
    assert.match(await call('grepContent', { pattern: 'ne+dle', scope: dir }), /here\.txt/);
  });

  await t.test('for edits', async () => {
    const edit = { path: join(dir, 'here.txt'), search: 'needle', replace: 'pin', all: false };
    assert.match(await call('editLocalFile', edit), /\+a pin/);
  });

  await t.test('for TypeScript, which loses its types in another thread', async () => {
    const told = await call('executeCode', {
      code: 'const x: number = 6;\nconsole.log(x * 7)',
      language: 'typescript',
    });
    assert.match(told, /\b42\b/);
  });

  await t.test('for uploads', async () => {
    const part = (name: string, value: string) =>
      `--x\r\ncontent-disposition: form-data; name="${name}"; filename="${name}"\r\n\r\n${value}\r\n`;
    const body = `${part('metadata', JSON.stringify({ path: join(dir, 'up.txt') }))}${part('file', 'up')}--x--\r\n`;
    await ask('/files/upload', body, 'multipart/form-data; boundary=x');
    assert.ok(existsSync(join(dir, 'up.txt')));
  });

  await t.test('for cells, by the protocol of Jupyter', async () => {
    const { id } = JSON.parse(await ask('/code/context', '{"language":"javascript"}')) as { id: string };
    assert.match(await ask('/code', JSON.stringify({ code: '6 * 7', context: { id } })), /"42"/);
    await ask(`/code/contexts/${id}`, '', 'text/plain', 'DELETE');
  });
});

/** The agent as a container has it, without a container. */
async function startPacked(t: TestContext) {
  const dir = mkdtempSync(join(tmpdir(), 'cubby-late-'));
  const environ = `PATH=${process.env.PATH}\0HOME=${dir}\0`;
  const { agent, socketPath } = runAgent(pack, { dir, token, environ });
  const exited = once(agent, 'exit');
  const ask = async (path: string, body: string, type = 'application/json', method = 'POST') => {
    const secret = { 'x-execd-access-token': token };
    const headers = { ...secret, 'content-type': type };
    const sent = request({ socketPath, method, path, headers: body ? headers : secret, agent: false }).end(body);
    const [response] = (await once(sent, 'response')) as [AsyncIterable<Buffer> & { statusCode: number }];
    let text = '';
    for await (const bytes of response) text += bytes;
    assert.equal(response.statusCode, 200, text);
    return text;
  };
  t.after(async () => {
    agent.kill('SIGTERM');
    await exited;
    await until(() => processesOf(dir) === 0, 'every process of the agent is gone');
    rmSync(dir, { recursive: true, force: true });
  });
  await until(() => existsSync(socketPath), 'the agent listens');
  return { dir, ask };
}

/** Processes whose command line names this directory. */
function processesOf(dir: string): number {
  return globSync('/proc/[0-9]*/cmdline').filter((file) => {
    try {
      return readFileSync(file, 'utf8').includes(`${dir}/`);
    } catch {
      return false;
    }
  }).length;
}
