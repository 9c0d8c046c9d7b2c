import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseCpu, parseDisk, parseMemory, type Quantity } from '../../../shared/api/quantities.ts';

const value = (quantity: Quantity) => (quantity.ok ? quantity.value : undefined);

describe('amounts of memory', () => {
  const right: [string | number, number][] = [
    ['128974848', 128974848],
    [128974848, 128974848],
    ['1', 1],
    ['1k', 1000],
    ['1Ki', 1024],
    ['64Mi', 64 * 1024 ** 2],
    ['1Gi', 1024 ** 3],
    ['1G', 1e9],
    ['2Ti', 2 * 1024 ** 4],
    ['1P', 1e15],
    ['1e3', 1000],
    ['1E3', 1000],
    ['1.5Gi', 1.5 * 1024 ** 3],
    ['0.1Gi', 107374182],
    ['.5Ki', 512],
    ['1.Ki', 1024],
    ['129e6', 129e6],
    ['1e-3k', 1],
    [' 64Mi ', 64 * 1024 ** 2],
    // As OpenSandbox takes them.
    ['512m', 512e6],
    ['512mi', 512 * 1024 ** 2],
    ['512MB', 512e6],
    ['512b', 512],
    ['1GiB', 1024 ** 3],
    ['9007199254740991', Number.MAX_SAFE_INTEGER],
  ];
  for (const [text, bytes] of right)
    it(`${JSON.stringify(text)} is ${bytes} bytes`, () => assert.equal(value(parseMemory(text)), bytes));

  const wrong = [
    ...[
      '',
      ' ',
      'banana',
      '0',
      '0Gi',
      '-1',
      '-64Mi',
      '+1',
      'NaN',
      'Infinity',
      '1e400',
      '1e999Gi',
      '9007199254740992',
      '8Pi',
    ],
    ...[
      '9E',
      '1e-9',
      '0.4',
      '64 Mi',
      '64Mi\0',
      '64Mix',
      '1KiKi',
      'Mi',
      '.',
      '0x40',
      '1,5Gi',
      '１Gi',
      'constructor',
      '1constructor',
    ],
    ...['64Mi\n64Mi', '9'.repeat(10_000_000), `1${'0'.repeat(30)}`],
    ...[Number.NaN, Number.POSITIVE_INFINITY, -1, 0, 2 ** 60],
  ];
  for (const text of wrong)
    it(`${JSON.stringify(text).slice(0, 30)} (${typeof text}) is refused`, () => {
      const parsed = parseMemory(text);
      assert.ok(!parsed.ok);
      assert.match(parsed.expected, /512Mi/);
    });
});

describe('numbers of processors', () => {
  const right: [string | number, number][] = [
    ['1', 1],
    ['0.5', 0.5],
    ['500m', 0.5],
    ['100m', 0.1],
    ['1500m', 1.5],
    ['1m', 0.001],
    ['2e1', 20],
    [0.25, 0.25],
    ['8192', 8192],
  ];
  for (const [text, count] of right)
    it(`${JSON.stringify(text)} is ${count}`, () => assert.equal(value(parseCpu(text)), count));

  const wrong = [
    '',
    'banana',
    '0',
    '-1',
    '0.5m',
    '8193',
    '1e9',
    'NaN',
    '1k',
    '1Gi',
    '500 m',
    'all',
    '1'.repeat(100),
    Number.NaN,
    -0.5,
  ];
  for (const text of wrong)
    it(`${JSON.stringify(text)?.slice(0, 30)} (${typeof text}) is refused`, () => {
      const parsed = parseCpu(text);
      assert.ok(!parsed.ok);
      assert.match(parsed.expected, /500m/);
    });
});

describe('amounts of disk', () => {
  it('are written as those of memory are', () => {
    assert.equal(value(parseDisk('10Gi')), 10 * 1024 ** 3);
    assert.equal(value(parseDisk('1.5G')), 1.5e9);
    assert.equal(value(parseDisk(1)), 1);
  });
  for (const none of ['0', 0, '0Gi', '0.0'])
    it(`${JSON.stringify(none)} is no limit`, () => assert.equal(value(parseDisk(none)), 0));
  for (const wrong of ['', '-1', '-0Gi', 'none', 'NaN', '0.1', '8Pi', '1x', '9'.repeat(65)])
    it(`${JSON.stringify(wrong.slice(0, 10))} is refused`, () => {
      const refused = parseDisk(wrong);
      assert.ok(!refused.ok && refused.expected.startsWith('0 for no limit, or a size below 8Pi'));
    });
});
