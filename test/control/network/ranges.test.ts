import assert from 'node:assert/strict';
import { test } from 'node:test';
import { closedRanges, hostRanges } from '../../../control/network/closed.ts';
import { contains, parseException, parseRange, printRange } from '../../../control/network/ranges.ts';

const reprint = (text: string) => {
  const range = parseRange(text);
  return range && printRange(range);
};

test('addresses and ranges have one spelling', () => {
  assert.equal(reprint('10.1.2.3'), '10.1.2.3');
  assert.equal(reprint('10.1.2.3/32'), '10.1.2.3');
  assert.equal(reprint('10.1.2.3/8'), '10.0.0.0/8');
  assert.equal(reprint('255.255.255.255/1'), '128.0.0.0/1');
  assert.equal(reprint('0.0.0.0/0'), '0.0.0.0/0');
  assert.equal(reprint('FD00::1'), 'fd00:0:0:0:0:0:0:1');
  assert.equal(reprint('::'), '0:0:0:0:0:0:0:0');
  assert.equal(reprint('1:2:3:4:5:6:7::'), '1:2:3:4:5:6:7:0');
  assert.equal(reprint('::ffff:169.254.169.254/128'), '0:0:0:0:0:ffff:a9fe:a9fe');
  assert.equal(reprint('fe80::1234/10'), 'fe80:0:0:0:0:0:0:0/10');
});

test('what only some programs read as an address is not read at all', () => {
  for (const text of [
    '',
    '10',
    '10.1',
    '010.0.0.1',
    '0x0a000001',
    '2852039166',
    '1.2.3.4/',
    '1.2.3.4/33',
    '1.2.3.4/-1',
  ]) {
    assert.equal(parseRange(text), undefined, text);
  }
  for (const text of [
    '1.2.3.4/08',
    '1.2.3.4/8/8',
    'fe80::1%eth0',
    '::1/129',
    ' 1.2.3.4',
    '1.2.3.4\n',
    '[::1]',
    'host',
  ]) {
    assert.equal(parseRange(text), undefined, text);
  }
});

test('an exception is a range, or an address and a port', () => {
  assert.deepEqual(parseException('10.1.2.3:5432', 'allow').port, 5432);
  assert.equal(printRange(parseException('10.1.2.3:5432', 'allow').range), '10.1.2.3');
  assert.equal(printRange(parseException('[fd00::1]:80', 'allow').range), 'fd00:0:0:0:0:0:0:1');
  assert.equal(parseException('fd00::/8', 'allow').port, undefined);
  for (const text of [
    '10.0.0.0/8:80',
    '[10.1.2.3]:80',
    '10.1.2.3:080',
    '10.1.2.3:99999',
    'fd00::1:x',
    '10.1.2.3:',
    ':80',
  ]) {
    assert.throws(
      () => parseException(text, 'network.allow'),
      { code: 'INVALID_PARAMETER', field: 'network.allow' },
      text,
    );
  }
});

test('every private, link-local, metadata and special address is closed, and its public neighbours are not', () => {
  const ranges = [...closedRanges];
  const closed = [
    '0.0.0.0',
    '10.0.0.0',
    '10.255.255.255',
    '100.64.0.1',
    '100.100.100.200',
    '127.0.0.1',
    '169.254.169.254',
  ];
  closed.push(
    '172.16.0.1',
    '172.31.255.255',
    '192.0.0.192',
    '192.0.2.1',
    '192.168.1.1',
    '198.18.0.1',
    '198.19.255.255',
  );
  closed.push(
    '198.51.100.1',
    '203.0.113.1',
    '224.0.0.1',
    '239.255.255.255',
    '240.0.0.1',
    '255.255.255.255',
    '168.63.129.16',
  );
  closed.push('::', '::1', '::127.0.0.1', '::ffff:169.254.169.254', '64:ff9b::a9fe:a9fe', 'fd00:ec2::254', 'fc00::1');
  closed.push('fe80::1', 'fec0::1', 'ff02::1', '2002:a9fe:a9fe::1', '2001::1', '2001:db8::1');
  for (const address of closed) assert.ok(contains(ranges, address), address);
  const open = [
    '1.1.1.1',
    '9.255.255.255',
    '11.0.0.0',
    '100.63.255.255',
    '100.128.0.0',
    '172.15.255.255',
    '172.32.0.0',
  ];
  open.push('192.167.255.255', '198.17.255.255', '198.20.0.0', '223.255.255.255', '168.63.129.15', '2606:4700::1111');
  for (const address of open) assert.ok(!contains(ranges, address), address);
});

test('the host’s own addresses are known', () => {
  assert.ok(contains(hostRanges(), '127.0.0.1'));
});
