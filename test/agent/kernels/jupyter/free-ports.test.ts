import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { freePorts } from '../../../../agent/kernels/jupyter/free-ports.ts';

test('kernels that start at once get ports of their own, which nobody is given who asks for any', async () => {
  const ports = (await Promise.all(Array.from({ length: 40 }, () => freePorts(5)))).flat();
  assert.equal(new Set(ports).size, 200);
  assert.ok(ports.every((port) => port < 32_768 && port >= 16_384));
});

test('a port that is taken is passed over', async (t) => {
  const [port] = await freePorts(1);
  const server = createServer().listen(port! + 1, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  assert.ok(!(await freePorts(3)).includes(port! + 1));
});
