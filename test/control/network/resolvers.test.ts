import assert from 'node:assert/strict';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseResolvConf, Resolvers, upstreamsFrom } from '../../../control/network/resolvers.ts';

test('the lines of resolv.conf that name a server are read, in order, and no others', () => {
  const text =
    '# nameserver 9.9.9.9\nsearch a.example\nnameserver 10.0.0.1\n nameserver\tfd00::1 # main\nnameserver x\noptions x\n';
  assert.deepEqual(
    parseResolvConf(text).map(({ address, port }) => `${address} ${port}`),
    ['10.0.0.1 53', 'fd00::1 53'],
  );
  assert.deepEqual(parseResolvConf(''), []);
});

test('resolvers follow the file as it changes, and stay while it is away', async (context) => {
  let clock = 0;
  context.mock.method(performance, 'now', () => clock);
  const directory = await mkdtemp(join(tmpdir(), 'cubby-resolv-'));
  try {
    const path = join(directory, 'resolv.conf');
    await writeFile(path, 'nameserver 10.0.0.1\n');
    const resolvers = new Resolvers(path);
    const addresses = async () => {
      clock += 10_000;
      return (await resolvers.list()).map(({ address }) => address);
    };
    assert.deepEqual(await addresses(), ['10.0.0.1']);
    await writeFile(`${path}.new`, 'nameserver 10.0.0.2\n');
    await rename(`${path}.new`, path);
    assert.deepEqual(await addresses(), ['10.0.0.2']);
    await rm(path);
    assert.deepEqual(await addresses(), ['10.0.0.2']);
  } finally {
    await rm(directory, { recursive: true });
  }
});

test('an administrator who names no resolver gets the host’s own', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'cubby-resolv-'));
  try {
    const path = join(directory, 'resolv.conf');
    await writeFile(path, 'nameserver 10.0.0.1\n');
    const named = { address: '10.0.0.9', port: 5353 };
    assert.deepEqual(await upstreamsFrom([], new Resolvers(path))(), [{ address: '10.0.0.1', port: 53 }]);
    assert.deepEqual(await upstreamsFrom([named], new Resolvers(path))(), [named]);
  } finally {
    await rm(directory, { recursive: true });
  }
});
