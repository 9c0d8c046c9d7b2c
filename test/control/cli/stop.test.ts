import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, it, type TestContext } from 'node:test';
import { emptyHome } from './program.ts';

const main = new URL('../../../control/cli/main.ts', import.meta.url).href;

/** A whole process whose server takes as long to close as `close` says. */
function program(context: TestContext, close: string): ChildProcess {
  const { home } = emptyHome(context);
  const code = `
    import { createServer } from 'node:http';
    import { main } from ${JSON.stringify(main)};
    process.exitCode = await main(['start', '--store', 'state', '--config', '/dev/null'], {
      findStores: async () => [],
      removeStore: async () => ({ sandboxes: 0, snapshots: 0 }),
      async start() {
        const server = createServer();
        await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
        return { url: 'http://127.0.0.1:' + server.address().port, close: ${close} };
      },
    });
  `;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', code], {
    cwd: home,
    env: { HOME: home },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  context.after(() => child.kill('SIGKILL'));
  return child;
}

async function printed(child: ChildProcess, wanted: RegExp): Promise<void> {
  let text = '';
  for (const stream of [child.stdout!, child.stderr!])
    stream.setEncoding('utf8').on('data', (part) => {
      text += part;
    });
  while (!wanted.test(text)) {
    const [reason] = await Promise.race([
      once(child.stderr!, 'data'),
      once(child.stdout!, 'data'),
      once(child, 'exit').then(() => ['exit']),
    ]);
    if (reason === 'exit') assert.match(text, wanted);
  }
}

describe('the end of cubby start', () => {
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    it(`${signal} closes the server and ends the process with exit code 0`, async (context) => {
      const child = program(context, '() => new Promise((resolve) => server.close(resolve))');
      await printed(child, /listens on http/);
      const ended = once(child, 'exit');
      child.kill(signal);
      assert.deepEqual(await ended, [0, null]);
    });

  it('a second signal ends a server that does not want to close', async (context) => {
    const child = program(context, "() => new Promise(() => console.log('closing'))");
    await printed(child, /listens on http/);
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    await printed(child, /closing/);
    child.kill('SIGTERM');
    assert.deepEqual(await ended, [null, 'SIGTERM']);
  });
});
