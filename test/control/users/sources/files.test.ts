import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { UsersError } from '../../../../control/users/problem.ts';
import { type Format, fileSource, formatOf } from '../../../../control/users/sources/files.ts';
import type { Entry, Fields } from '../../../../control/users/sources/source.ts';

/** All entries of a text that comes in pieces of so many bytes. */
async function entriesOf(
  format: Format,
  text: string | Buffer,
  size = 7,
  fields: Partial<Fields> = {},
): Promise<Entry[]> {
  const bytes = Buffer.from(text);
  async function* open() {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
  }
  const source = fileSource({ name: 'users', open, format, fields: { id: 'id', issuer: undefined, ...fields } });
  const all: Entry[] = [];
  for await (const batch of source.entries(new AbortController().signal)) all.push(...batch);
  return all;
}

describe('users in a file of lines', () => {
  it('are one a line, whatever ends the lines and wherever the file is cut into pieces', async () => {
    const text = '\ufeffada\r\nü@example.com\n\n #7 \nlast';
    const expected = [
      { place: 'line 1', id: 'ada' },
      { place: 'line 2', id: 'ü@example.com' },
      { place: 'line 4', id: ' #7 ' },
      { place: 'line 5', id: 'last' },
    ];
    for (let size = 1; size < 12; size += 1) assert.deepEqual(await entriesOf('lines', text, size), expected);
  });

  it('a line that is not UTF-8, or that never ends, stops no other', async () => {
    const text = Buffer.concat([
      Buffer.from('a\n'),
      Buffer.from([0xff, 0x0a]),
      Buffer.alloc(100_000, 'x'),
      Buffer.from('\nb\n'),
    ]);
    assert.deepEqual(await entriesOf('lines', text, 1000), [
      { place: 'line 1', id: 'a' },
      { place: 'line 2', expected: 'a line in UTF-8' },
      { place: 'line 3', expected: 'a line of at most 65536 bytes' },
      { place: 'line 4', id: 'b' },
    ]);
  });
});

describe('users in a CSV file', () => {
  it('are found by the name of a column, with quotes, commas and line ends in fields', async () => {
    const text = 'name, id ,from\n"Ada, ""the"" first",1,app\r\n"two\nlines","2",""\n\nplain,3,x\n';
    const expected = [
      { place: 'line 2', id: '1', issuer: 'app' },
      { place: 'line 3', id: '2', issuer: '' },
      { place: 'line 6', id: '3', issuer: 'x' },
    ];
    for (let size = 1; size < 12; size += 1)
      assert.deepEqual(await entriesOf('csv', text, size, { issuer: 'from' }), expected);
  });

  it('a record that is wrong is told of by its line, and hides none behind it', async () => {
    const text = 'id,name\n1,a\n2,"a"b\n3\n4,"never closed\n5,b\n6,"c"\n7,d,e\n8,f\n';
    const entries = await entriesOf('csv', text);
    assert.deepEqual(
      entries.map((entry) => ('expected' in entry ? [entry.place, entry.expected] : [entry.place, entry.id])),
      [
        ['line 2', '1'],
        ['line 3', 'a comma or the end behind a closing quote'],
        ['line 4', '2 fields, as the header has'],
        ['line 5', 'a comma or the end behind a closing quote'],
        ['line 6', '5'],
        ['line 7', '6'],
        ['line 8', '2 fields, as the header has'],
        ['line 9', '8'],
      ],
    );
    const open = await entriesOf(
      'csv',
      `id,name\n1,"open\n${Array.from({ length: 300 }, (_, n) => `${n},x\n`).join('')}`,
      999,
    );
    assert.equal(open.length, 301);
    assert.deepEqual(open[0], { place: 'line 2', expected: 'a quote that closes the one before it' });
    assert.deepEqual(open.at(-1), { place: 'line 302', id: '299' });
  });

  it('a header without the column is refused with those that there are', async () => {
    const expected = (error: unknown) =>
      error instanceof UsersError &&
      error.message === 'users: line 1: expected a header with a column "id", found "uid", "name"';
    await assert.rejects(entriesOf('csv', 'uid,name\n1,a\n'), expected);
  });
});

describe('users in lines of JSON', () => {
  it('are found by the name of a field; what is no object, or has no such field, is told of', async () => {
    const text = '{"id": "ada", "x": {}}\n\n{"id": 7, "x": 1}\n[1]\nnull\n{"id":\n{"uid": 1}\n{"id": {}}\n';
    const entries = await entriesOf('jsonl', text);
    assert.deepEqual(
      entries.map(({ place, ...entry }) => [place, 'expected' in entry ? entry.expected : entry.id]),
      [
        ['line 1', 'ada'],
        ['line 3', 7],
        ['line 4', 'a JSON object'],
        ['line 5', 'a JSON object'],
        ['line 6', 'a JSON object'],
        ['line 7', 'a field "id"'],
        ['line 8', {}],
      ],
    );
    assert.deepEqual(await entriesOf('jsonl', '{"id": "a", "iss": "app"}', 3, { issuer: 'iss' }), [
      { place: 'line 1', id: 'a', issuer: 'app' },
    ]);
  });
});

it('the end of a file’s name says what is in it', () => {
  assert.deepEqual(['users', 'a.CSV', 'b.jsonl', 'c.ndjson', 'd.txt'].map(formatOf), [
    'lines',
    'csv',
    'jsonl',
    'jsonl',
    'lines',
  ]);
});

it('a file that can’t be read is told of by its name', async () => {
  const missing = fileSource({
    name: 'no-such-file',
    // biome-ignore lint/correctness/useYield: it fails before it gives anything
    open: async function* () {
      throw Object.assign(new Error('ENOENT: no such file or directory'), { code: 'ENOENT' });
    },
    format: 'lines',
    fields: { id: 'id', issuer: undefined },
  });
  const all = async () => {
    for await (const _ of missing.entries(new AbortController().signal));
  };
  await assert.rejects(all, /^UsersError: no-such-file: expected a file that can be read, found ENOENT$/);
});
