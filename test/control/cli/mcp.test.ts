import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { cubby, emptyHome } from './program.ts';

const apiKey = 'a-key-of-sixteen-and-more';

test('cubby mcp wants to know which workspace', async (t) => {
  const { code, out, err } = await cubby(['mcp'], { surroundings: emptyHome(t) });
  assert.deepEqual([code, out], [2, '']);
  assert.match(err, /--workspace: expected the key of a workspace, as app:alice/);
});

test('cubby mcp wants a URL that is one', async (t) => {
  const surroundings = emptyHome(t, { CUBBY_SERVER_API_KEY: apiKey });
  const { code, err } = await cubby(['mcp', '--workspace', 'app:a', '--url', 'nowhere'], { surroundings });
  assert.equal(code, 2);
  assert.match(err, /--url: expected the URL of a server.*"nowhere"/);
});

test('cubby mcp without a key says how one is given', async (t) => {
  const { code, err } = await cubby(['mcp', '--workspace=app:a'], { surroundings: emptyHome(t) });
  assert.equal(code, 2);
  assert.match(err, /--api-key-file/);
});

test('cubby mcp says what to do where no server is, and writes nothing to its output', async (t) => {
  // Of the ports that only root may have, one that nothing has.
  const surroundings = emptyHome(t, { CUBBY_WORKSPACE: 'app:a', CUBBY_URL: 'http://127.0.0.1:2' });
  const file = join(surroundings.home, 'key');
  writeFileSync(file, `${apiKey}\n`, { mode: 0o600 });
  const { code, out, err } = await cubby(['mcp', '--api-key-file', file], { surroundings });
  assert.deepEqual([code, out], [1, '']);
  assert.match(err, /can’t be asked for the tools: .*ECONNREFUSED/);
  assert.match(err, /cubby start/);
});
