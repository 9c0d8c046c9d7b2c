import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseTarget, printTarget } from '../../../../control/network/policies/target.ts';

/** One spelling of a target; undefined when it is none. */
const read = (text: string) => {
  const target = parseTarget(text);
  return target && printTarget(target);
};

test('names are one name whatever their case, their last dot and the blanks around them', () => {
  assert.equal(read(' Example.COM. '), 'example.com');
  assert.equal(read('*.Example.com.'), '*.example.com');
  assert.equal(read('_dmarc.example.com'), '_dmarc.example.com');
  assert.equal(read('localhost'), 'localhost');
});

test('a name in another script is the one that travels', () => {
  assert.equal(read('Bücher.example'), 'xn--bcher-kva.example');
  assert.equal(read('*.例え.テスト'), '*.xn--r8jz45g.xn--zckzah');
  // An ideographic full stop is a dot.
  assert.equal(read('www。example。com'), 'www.example.com');
});

test('addresses and ranges have one spelling; one inside of IPv6 is the IPv4 address that it means', () => {
  assert.equal(read('11.22.33.44/16'), '11.22.0.0/16');
  assert.equal(read('2A11::1'), '2a11:0:0:0:0:0:0:1');
  assert.equal(read('::ffff:11.22.33.44'), '11.22.33.44');
  assert.equal(read('::ffff:11.22.0.0/112'), '11.22.0.0/16');
  assert.equal(read('0.0.0.0/0'), '0.0.0.0/0');
});

test('what is neither is no target', () => {
  const wrong = ['', ' ', '*', '*.', '.', 'a..b', '.example.com', '-a.example', 'a.*.example', '**.example.com'];
  wrong.push(
    'https://example.com',
    'example.com:443',
    'example.com/path',
    'exa mple.com',
    'a\0.example',
    'a\n.example',
  );
  wrong.push(
    '1.2.3',
    '1.2.3.4.5',
    '1.2.3.4/33',
    '1.2.3.4/',
    '010.0.0.1',
    '0x7f.1',
    '１.２.３',
    '*.1.2.3.4',
    'fe80::1%eth0',
  );
  wrong.push(`${'a'.repeat(64)}.example`, `${'a.'.repeat(127)}example`, 'a'.repeat(10_000_000), '*.'.repeat(1000));
  for (const text of wrong) assert.equal(parseTarget(text), undefined, JSON.stringify(text.slice(0, 50)));
});
