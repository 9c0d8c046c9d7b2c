import { linesOf } from './lines.ts';
import type { Entry, Fields } from './source.ts';

/** One JSON object a line, whose fields say who it is; empty lines do not count. */
export async function* jsonEntries(bytes: AsyncIterable<Uint8Array>, fields: Fields): AsyncGenerator<Entry> {
  for await (const { number, ...line } of linesOf(bytes)) {
    const place = `line ${number}`;
    if ('expected' in line) yield { place, ...line };
    else if (line.text.trim() !== '') yield { place, ...entryOf(line.text, fields) };
  }
}

function entryOf(
  text: string,
  fields: Fields,
): { id: unknown; issuer?: unknown } | { expected: string; found: unknown } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { expected: 'a JSON object', found: text };
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return { expected: 'a JSON object', found: text };
  for (const name of [fields.id, fields.issuer])
    if (name !== undefined && !Object.hasOwn(value, name))
      return { expected: `a field ${JSON.stringify(name)}`, found: text };
  const object = value as Record<string, unknown>;
  return { id: object[fields.id], ...(fields.issuer !== undefined && { issuer: object[fields.issuer] }) };
}
