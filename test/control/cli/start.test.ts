import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { Config } from '../../../control/config/schema.ts';
import { ApiError } from '../../../shared/api/errors.ts';
import { cubby, emptyHome } from './program.ts';

/** A server that only listens, in place of the application. */
async function listen({ server: { host, port } }: Config) {
  const server = createServer();
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, host, resolve));
  const close = () => new Promise<void>((resolve) => void server.close(() => resolve()));
  return { url: `http://${host}:${(server.address() as AddressInfo).port}`, close };
}

const stop = AbortSignal.abort();

describe('cubby start', () => {
  it('starts with the configuration, says where it listens, and closes when told to', async (context) => {
    const surroundings = emptyHome(context);
    let seen: Config | undefined;
    let closed = false;
    const { code, out, err } = await cubby(['start', '--port', '0'], {
      surroundings,
      stop,
      async start(config) {
        seen = config;
        const running = await listen(config);
        const close = async () => {
          await running.close();
          closed = true;
        };
        return { ...running, close };
      },
    });
    assert.deepEqual([code, out, closed, seen?.server.port], [0, '', true, 0]);
    assert.match(err, /listens on http:\/\/127\.0\.0\.1:\d+\nlist sandboxes: curl /);
  });

  it('says where the API key is, and never the key', async (context) => {
    const surroundings = emptyHome(context);
    const keys: (string | undefined)[] = [];
    const start = (config: Config) => {
      keys.push(config.server.apiKey[0]);
      return listen(config);
    };
    const path = join(surroundings.home, '.local/state/cubby/api-key');
    const first = await cubby(['start', '--port=0'], { surroundings, stop, start });
    const second = await cubby(['start', '--port=0'], { surroundings, stop, start });
    assert.ok(first.err.includes(`API key: made, and kept in ${path}\n`), first.err);
    assert.ok(second.err.includes(`API key: kept in ${path}\n`), second.err);
    assert.deepEqual(keys, Array(2).fill(readFileSync(path, 'utf8').trim()));
    assert.ok(!`${first.err}${second.err}`.includes(keys[0]!));
  });

  it('takes secrets out of the environment, where child processes would find them', async (context) => {
    const env = { CUBBY_SERVER_API_KEY: 'an-api-key-of-some-length', CUBBY_SERVER_PORT: '0' };
    const surroundings = emptyHome(context, env);
    const { code } = await cubby(['start'], { surroundings, stop, start: listen });
    assert.equal(code, 0);
    assert.deepEqual(Object.keys(surroundings.env), ['CUBBY_SERVER_PORT']);
  });

  it('a wrong configuration starts nothing, makes nothing, and is told without a stack', async (context) => {
    const surroundings = emptyHome(context);
    const { code, out, err } = await cubby(['start', '--prot', '1', '--log-level', 'loud'], { surroundings });
    assert.deepEqual([code, out], [2, '']);
    assert.match(err, /^cubby: the configuration has 2 problems:\n {2}--prot .*\n {2}log\.level .*\n$/);
    assert.equal(existsSync(join(surroundings.home, '.local')), false);
  });

  it('a port that is taken is told with the settings that choose it', async (context) => {
    const surroundings = emptyHome(context);
    const other = createServer();
    await new Promise<void>((resolve) => void other.listen(0, '127.0.0.1', resolve));
    context.after(() => other.close());
    const { port } = other.address() as AddressInfo;
    const { code, err } = await cubby(['start', '--port', String(port)], { surroundings, stop, start: listen });
    assert.equal(code, 1);
    assert.match(
      err,
      new RegExp(`server\\.port, server\\.host: .*127\\.0\\.0\\.1 port ${port}, which another program listens on\n$`),
    );
  });

  it('what the machine lacks is told in one sentence, a defect with its stack', async (context) => {
    const surroundings = emptyHome(context);
    const failing = (error: Error) => cubby(['start'], { surroundings, stop, start: () => Promise.reject(error) });
    const engine = await failing(new ApiError('ENGINE_UNAVAILABLE', 'the Docker engine does not answer'));
    assert.equal(engine.code, 1);
    assert.match(engine.err, /\ncubby: the Docker engine does not answer \(ENGINE_UNAVAILABLE\)\n$/);
    const gone = Object.assign(new Error('ENOENT'), { code: 'ENOENT', path: surroundings.checkout });
    const pack = await cubby(['start', '--set', `runtime.pack=${gone.path}`], {
      surroundings,
      stop,
      start: () => Promise.reject(gone),
    });
    assert.match(pack.err, /runtime\.pack: expected the agent pack, found nothing at .*; `npm run build` makes it\n$/);
    assert.match((await failing(new TypeError('oops'))).err, /TypeError: oops\n +at /);
  });
});
