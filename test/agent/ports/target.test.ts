import assert from 'node:assert/strict';
import { test } from 'node:test';
import { targetOf } from '../../../agent/ports/target.ts';

const right: [url: string, port: number, path: string][] = [
  ['/proxy/1/', 1, '/'],
  ['/proxy/3000', 3000, '/'],
  ['/proxy/3000?a=1', 3000, '/?a=1'],
  ['/proxy/65535/a/b?c=%2F#d', 65535, '/a/b?c=%2F#d'],
  ['/proxy/3000//x/../%2e%2e/%zz', 3000, '//x/../%2e%2e/%zz'],
  ['/proxy/3000/proxy/4000/', 3000, '/proxy/4000/'],
];

for (const [url, port, path] of right) {
  test(`${url} is ${path} of port ${port}`, () => {
    assert.deepEqual(targetOf(url), { port, path, prefix: `/proxy/${port}` });
  });
}

/** Each is a number to somebody's parser. */
const wrong = [
  '',
  '0',
  '02280',
  '+2280',
  '-2280',
  '0x50',
  '0b1',
  '0o7',
  '1e3',
  '80.0',
  '65536',
  '99999',
  '100000',
  '228000000000000000000000',
  '%32280',
  '2280%20',
  '%202280',
  '2280%00',
  '2280;',
  '2280,80',
  '2280#',
  '2280:80',
  '2280@80',
  '2280\\',
  '２２８０',
  '٢٢٨٠',
  '2_280',
  '2280a',
  'http',
  '..',
  'localhost:80',
  '[::1]:80',
];

for (const spelling of wrong) {
  for (const end of ['', '/', '/x', '?x']) {
    test(`/proxy/${spelling}${end} names no port`, () => {
      assert.throws(() => targetOf(`/proxy/${spelling}${end}`), {
        code: 'INVALID_PORT',
        field: 'port',
        expected: /from 1 to 65535/,
      });
    });
  }
}

for (const url of [
  '',
  '/',
  '/proxy',
  '//proxy/80/',
  '/Proxy/80/',
  '/%70roxy/80/',
  '/proxy//80/',
  'http://a/proxy/80/',
  '/x/proxy/80/',
]) {
  test(`the URL “${url}” names no port`, () => {
    assert.throws(() => targetOf(url), { code: 'INVALID_PORT' });
  });
}
