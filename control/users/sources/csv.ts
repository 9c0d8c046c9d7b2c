import { UsersError } from '../problem.ts';
import { fieldsIn } from './csv-fields.ts';
import { type Line, linesOf } from './lines.ts';
import type { Entry, Fields } from './source.ts';

/** A field that goes on for more lines than this was never closed. */
const mostLines = 100;

/**
 * One record a row, RFC 4180, below a header that names the columns. What is wrong with one is told with the number of its first line, and reading
 * goes on at the line after that: a quote that nobody closed hides no others. (csv-parse loses the records behind one.)
 * @throws UsersError where the header has not the columns
 */
export async function* csvEntries(bytes: AsyncIterable<Uint8Array>, fields: Fields): AsyncGenerator<Entry> {
  let columns: Columns | undefined;
  for await (const record of recordsOf(linesOf(bytes))) {
    const place = `line ${record.number}`;
    if (!columns) columns = columnsIn(record, fields);
    else if ('expected' in record) yield { place, expected: record.expected };
    else yield { place, ...entryOf(record.values, columns) };
  }
}

interface Columns {
  id: number;
  issuer: number | undefined;
  count: number;
}

type CsvRecord = { number: number } & ({ values: string[] } | { expected: string });

function columnsIn(record: CsvRecord, fields: Fields): Columns {
  if ('expected' in record) throw new UsersError(`line ${record.number}: expected ${record.expected}`);
  const names = record.values.map((name) => name.trim());
  const indexOf = (name: string) => {
    const index = names.indexOf(name);
    if (index >= 0) return index;
    const there = names.map((other) => JSON.stringify(other)).join(', ');
    throw new UsersError(`line 1: expected a header with a column ${JSON.stringify(name)}, found ${there}`);
  };
  const issuer = fields.issuer === undefined ? undefined : indexOf(fields.issuer);
  return { id: indexOf(fields.id), issuer, count: names.length };
}

function entryOf(values: string[], { id, issuer, count }: Columns) {
  if (values.length !== count) return { expected: `${count} fields, as the header has`, found: values.join(',') };
  return { id: values[id], ...(issuer !== undefined && { issuer: values[issuer] }) };
}

/** Records, each of one line or of several that a quoted field goes over. Empty lines do not count. */
async function* recordsOf(lines: AsyncIterable<Line>): AsyncGenerator<CsvRecord> {
  let held: Line[] = [];
  for await (const line of lines) {
    held.push(line);
    while (held.length > 0) {
      const { record, used } = firstOf(held, held.length >= mostLines);
      if (used === 0) break;
      held = held.slice(used);
      if (record) yield record;
    }
  }
  while (held.length > 0) {
    const { record, used } = firstOf(held, true);
    held = held.slice(used);
    if (record) yield record;
  }
}

/** The first record of some lines, and how many it takes: 0 while it goes on behind them. `isAll`: nothing comes behind them. */
function firstOf(lines: Line[], isAll: boolean): { record?: CsvRecord; used: number } {
  const [first] = lines as [Line];
  const { number } = first;
  const texts: string[] = [];
  for (const [index, line] of lines.entries()) {
    if ('expected' in line) return { record: { number, expected: line.expected }, used: 1 };
    texts.push(line.text);
    // A line without a quote neither begins nor ends what goes over several.
    if (index > 0 && !line.text.includes('"')) continue;
    const values = fieldsIn(texts.join('\n'));
    if (values === 'open') continue;
    if (values === 'wrong')
      return { record: { number, expected: 'a comma or the end behind a closing quote' }, used: 1 };
    if (index === 0 && line.text === '') return { used: 1 };
    return { record: { number, values }, used: index + 1 };
  }
  return isAll ? { record: { number, expected: 'a quote that closes the one before it' }, used: 1 } : { used: 0 };
}
