import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { test } from 'node:test';
import { readAnswer, withShortLives } from '../../../control/network/dns-answer.ts';
import { type Query, readQuery } from '../../../control/network/dns-message.ts';
import { isPlainName, readName, writeName } from '../../../control/network/dns-names.ts';
import { bareQuery, newQuery, readQuestion, types } from '../../../control/network/dns-question.ts';
import { query } from './name-server.ts';
import { record, serve, type Zone } from './zone.ts';

/** The answer to a question for the addresses of a name. */
function answerOf(zone: Zone, name: string, type: number = types.a): Buffer {
  return serve(zone)({ message: newQuery(name, type), by: 'stream', port: 0 })[0]!;
}

/** A message with these records as its answer. */
function withRecords(name: string, ...records: Buffer[]): Buffer {
  const message = Buffer.concat([newQuery(name, types.a), ...records]);
  message.writeUInt16BE(0x8180, 2);
  message.writeUInt16BE(records.length, 6);
  return message;
}
const address = (...bytes: number[]) => Buffer.from(bytes);

test('an answer gives its addresses of both families, with their times to live', () => {
  const zone = { 'a.example': { addresses: ['11.0.0.1', '2a11::1'], ttl: 42 } };
  assert.deepEqual(readAnswer(answerOf(zone, 'a.example')), {
    names: ['a.example'],
    addresses: [{ address: '11.0.0.1', ttl: 42 }],
  });
  const six = readAnswer(answerOf(zone, 'a.example', types.aaaa));
  assert.deepEqual(six?.addresses, [{ address: '2a11:0:0:0:0:0:0:1', ttl: 42 }]);
  assert.deepEqual(readAnswer(answerOf(zone, 'nobody.example')), { names: ['nobody.example'], addresses: [] });
});

test('aliases are followed in whatever order they come, with case left aside', () => {
  const message = withRecords(
    'www.example',
    record('EDGE.cdn.example', types.a, 5, address(11, 0, 0, 1)),
    record('b.example', types.cname, 5, writeName('edge.CDN.example')),
    record('www.Example', types.cname, 5, writeName('b.example')),
  );
  assert.deepEqual(readAnswer(message), {
    names: ['www.example', 'b.example', 'edge.cdn.example'],
    addresses: [{ address: '11.0.0.1', ttl: 5 }],
  });
});

test('records about other names count for nothing, nor does what isn’t of the internet’s class or of an address’s length', () => {
  const other = record('a.example', types.a, 5, address(11, 0, 0, 9));
  other.writeUInt16BE(3, writeName('a.example').length + 2);
  const message = withRecords(
    'a.example',
    record('b.example', types.a, 5, address(11, 0, 0, 2)),
    record('a.example', types.a, 5, address(11, 0, 0)),
    other,
    record('a.example', types.a, 5, address(11, 0, 0, 1)),
  );
  assert.deepEqual(readAnswer(message)?.addresses, [{ address: '11.0.0.1', ttl: 5 }]);
});

test('aliases in a circle, or without end, are no answer', () => {
  const circle = { 'a.example': { alias: 'b.example' }, 'b.example': {} };
  const message = withRecords(
    'a.example',
    record('a.example', types.cname, 5, writeName('b.example')),
    record('b.example', types.cname, 5, writeName('a.example')),
  );
  assert.equal(readAnswer(message), undefined);
  assert.ok(readAnswer(answerOf(circle, 'a.example')));
  const long = Array.from({ length: 30 }, (_, n) =>
    record(`n${n}.example`, types.cname, 5, writeName(`n${n + 1}.example`)),
  );
  assert.equal(readAnswer(withRecords('n0.example', ...long)), undefined);
});

test('no time to live is longer than it may be, in all of a message; an OPT record stays as it is', () => {
  const message = withRecords(
    'a.example',
    record('a.example', types.a, 100_000, address(11, 0, 0, 1)),
    record('a.example', types.a, 7, address(11, 0, 0, 2)),
    record('', types.opt, 0x80000000, Buffer.alloc(0)),
  );
  const short = withShortLives(message, 300);
  assert.deepEqual(
    readAnswer(short)?.addresses.map(({ ttl }) => ttl),
    [300, 7],
  );
  assert.equal(short.readUInt32BE(short.length - 6), 0x80000000);
  // The highest bit makes a time to live none (RFC 2181).
  const odd = withRecords('a.example', record('a.example', types.a, 0x80000001, address(11, 0, 0, 1)));
  assert.equal(readAnswer(odd)?.addresses[0]?.ttl, 0);
});

test('compressed names are read, and pointers that lead nowhere are not followed', () => {
  const message = Buffer.concat([writeName('b.example'), Buffer.from([1, 97, 0xc0, 0])]);
  assert.deepEqual(readName(message, 11), { name: 'a.b.example', end: 15 });
  for (const wrong of [
    Buffer.from([0xc0, 0]),
    Buffer.from([1, 97, 0xc0, 0]),
    Buffer.from([0xc0, 2, 0xc0, 0]),
    Buffer.from([1]),
    Buffer.from([0x40, 1]),
    Buffer.alloc(400, Buffer.from([1, 97])),
  ]) {
    assert.throws(() => readName(wrong, 0), RangeError);
  }
});

test('a dot or any other odd byte in a label can’t pass for the end of one', () => {
  const label = (text: string) => Buffer.concat([Buffer.from([text.length]), Buffer.from(text, 'latin1')]);
  const name = Buffer.concat([label('a.example'), label('bad\0"\n'), writeName('Example')]);
  assert.equal(readName(name, 0).name, 'a?example.bad???.example');
  assert.equal(isPlainName('a?example'), false);
  assert.equal(isPlainName(''), false);
  assert.equal(isPlainName('_x-1.example'), true);
});

test('a query goes on without anything that isn’t its question', () => {
  const sent = query('a.Example', { id: 9, payload: 1400 });
  // An option, and the wish for signatures.
  sent[sent.length - 4] = 0x80;
  const whole = Buffer.concat([sent.subarray(0, -2), Buffer.from([0, 6, 0, 8, 0, 2, 0, 1])]);
  const read = readQuery(whole) as Query;
  assert.deepEqual(readQuestion(read), { name: 'a.example', type: 1, class: 1 });
  const bare = bareQuery(whole, read);
  const again = readQuery(bare) as Query;
  assert.equal(bare.length, sent.length);
  assert.deepEqual(again.question, read.question);
  assert.deepEqual([again.limit, again.edns], [1400, { dnssec: true }]);
  const plain = query('a.example');
  assert.equal(bareQuery(plain, readQuery(plain) as Query).length, plain.length);
});

test('no message of whatever bytes makes the reading fail or take long', () => {
  const zone = { 'a.example': { addresses: ['11.0.0.1', '11.0.0.2'], alias: 'b.example' }, 'b.example': {} };
  const good = answerOf(zone, 'a.example');
  for (let round = 0; round < 20_000; round += 1) {
    const message = Buffer.from(good.subarray(0, randomInt(13, good.length + 1)));
    for (let n = 0; n < randomInt(1, 6); n += 1) message[randomInt(message.length)] = randomInt(256);
    if (readAnswer(message)) withShortLives(message, 60);
  }
});
