import assert from 'node:assert/strict';
import { networkInterfaces } from 'node:os';
import { test } from 'node:test';
import { destinationOf, isAllowed } from '../../../control/transfers/destination.ts';

test('a URL leads to no private address, nor to this machine, however it is written', async () => {
  const own = Object.values(networkInterfaces()).flatMap((all) => all ?? []);
  for (const host of [
    '127.0.0.1',
    '127.1',
    '2130706433',
    '0x7f.0.0.1',
    '0177.0.0.1',
    '0.0.0.0',
    'localhost',
    'LOCALHOST',
    '10.0.0.1',
    '172.16.3.4:9000',
    '192.168.1.1',
    '100.64.0.1',
    '169.254.169.254',
    '168.63.129.16',
    '[::1]',
    '[::]',
    '[::ffff:127.0.0.1]',
    '[::ffff:a9fe:a9fe]',
    '[64:ff9b::a9fe:a9fe]',
    '[fd00:ec2::254]',
    '[fe80::1]',
    ...own.filter(({ family }) => family === 'IPv4').map(({ address }) => address),
  ]) {
    for (const scheme of ['http', 'https']) {
      await assert.rejects(destinationOf(`${scheme}://${host}/a?b`, 'url', []), { field: 'url' }, host);
    }
  }
});

test('what is no http URL is refused, with the name of its field', async () => {
  for (const url of [
    '',
    'x',
    '/a',
    'file:///etc/passwd',
    'ftp://192.0.2.1/a',
    'gopher://192.0.2.1/',
    'http://',
    'http://ada:secret@198.51.100.1/',
    `http://192.0.2.1/${'a'.repeat(10_000)}`,
  ]) {
    await assert.rejects(
      destinationOf(url, 'signed_url', ['192.0.2.1']),
      { code: 'TRANSFER_URL_NOT_ALLOWED', field: 'signed_url' },
      url,
    );
  }
});

test('public addresses are reached, and hosts that the administrator allows', async () => {
  const { url, addresses } = await destinationOf('https://1.1.1.1/a?X-Amz-Signature=b', 'url', []);
  assert.deepEqual([url.href, addresses], ['https://1.1.1.1/a?X-Amz-Signature=b', [{ address: '1.1.1.1', family: 4 }]]);
  assert.equal((await destinationOf('http://[2606:4700::1111]/', 'url', [])).addresses[0]!.family, 6);
  const local = await destinationOf('http://localhost:9000/a', 'url', ['localhost:9000']);
  assert.ok(local.addresses.length > 0);
  await assert.rejects(destinationOf('http://localhost:9001/a', 'url', ['localhost:9000']), { field: 'url' });
});

test('allowed hosts are compared whole, with their port where they have one', () => {
  for (const [url, entry, expected] of [
    ['http://minio.internal/a', 'minio.internal', true],
    ['http://minio.internal:9000/a', 'minio.internal', true],
    ['http://MINIO.internal/a', 'minio.internal:80', true],
    ['https://minio.internal/a', 'minio.internal:443', true],
    ['https://minio.internal/a', 'minio.internal:80', false],
    ['http://xminio.internal/a', 'minio.internal', false],
    ['http://minio.internal.evil.example/a', 'minio.internal', false],
    ['http://a.b.internal/', '*.internal', true],
    ['http://internal/', '*.internal', false],
    ['http://notinternal/', '*.internal', false],
    ['http://[fd00::1]:9000/', '[fd00::1]:9000', true],
    ['http://[fd00::1]:9001/', '[fd00::1]:9000', false],
  ] as const) {
    assert.equal(isAllowed(new URL(url), [entry]), expected, `${url} ${entry}`);
  }
});
