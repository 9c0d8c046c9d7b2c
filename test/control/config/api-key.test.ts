import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { ensureApiKey } from '../../../control/config/api-key.ts';
import { ConfigError } from '../../../control/config/problem.ts';
import { load } from './machine.ts';

function storeIn(context: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'cubby-test-'));
  context.after(() => rmSync(directory, { recursive: true }));
  return directory;
}

describe('the API key that Cubby makes', () => {
  it('is made once, and is the same at the next start', (context) => {
    const store = join(storeIn(context), 'state/cubby');
    const first = ensureApiKey(load({ argv: ['--store', store] }));
    const second = ensureApiKey(load({ argv: ['--store', store] }));
    assert.deepEqual([first.made, second.made], [true, false]);
    assert.equal(first.keptIn, join(store, 'api-key'));
    assert.match(first.config.server.apiKey[0]!, /^[\w-]{43}$/);
    assert.deepEqual(second.config.server.apiKey, first.config.server.apiKey);
    assert.ok(Object.isFrozen(first.config.server) && Object.isFrozen(first.config));
  });

  it('is readable by its owner only, and nothing else is left beside it', (context) => {
    const store = join(storeIn(context), 'cubby');
    const { keptIn } = ensureApiKey(load({ argv: ['--store', store] }));
    assert.equal(statSync(keptIn!).mode & 0o777, 0o600);
    assert.equal(statSync(store).mode & 0o777, 0o700);
    assert.deepEqual(readdirSync(store), ['api-key']);
  });

  it('differs from store to store', (context) => {
    const keys = ['a', 'b'].map((name) => {
      const { config } = ensureApiKey(load({ argv: ['--store', join(storeIn(context), name)] }));
      return config.server.apiKey[0];
    });
    assert.notEqual(keys[0], keys[1]);
  });

  it('is not made where one is configured', (context) => {
    const store = storeIn(context);
    const config = load({ argv: ['--store', store], env: { CUBBY_SERVER_API_KEY: 'an-api-key-of-some-length' } });
    assert.equal(ensureApiKey(config).config, config);
    assert.deepEqual(readdirSync(store), []);
  });

  it('is refused when others could have read it', (context) => {
    const config = load({ argv: ['--store', storeIn(context)] });
    const { keptIn } = ensureApiKey(config);
    chmodSync(keptIn!, 0o640);
    assert.throws(() => ensureApiKey(config), /readable by its owner only; run chmod 600/);
  });

  it('is refused when the file holds something else, which is not quoted', (context) => {
    const store = storeIn(context);
    writeFileSync(join(store, 'api-key'), 'hunter2', { mode: 0o600 });
    assert.throws(
      () => ensureApiKey(load({ argv: ['--store', store] })),
      (error: Error) => error instanceof ConfigError && !error.message.includes('hunter2'),
    );
    assert.equal(readFileSync(join(store, 'api-key'), 'utf8'), 'hunter2');
  });

  it('a store that cannot be written to is named', (context) => {
    const file = join(storeIn(context), 'file');
    writeFileSync(file, '');
    assert.throws(() => ensureApiKey(load({ argv: ['--store', file] })), /store\.path: expected a directory/);
  });
});
