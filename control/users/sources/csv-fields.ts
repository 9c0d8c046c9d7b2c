/** An unquoted field; it may have quotes inside. */
const bare = /(?!")[^,]*/y;
/** A quoted one, with two quotes for each quote in it. */
const closed = /"(?:[^"]|"")*"/y;

/** The fields of a CSV record. `open`: a quoted field has not come to its end; `wrong`: something stands behind a closing quote. */
export function fieldsIn(text: string): string[] | 'open' | 'wrong' {
  const values: string[] = [];
  for (let at = 0; ; at += 1) {
    const isQuoted = text[at] === '"';
    const shape = isQuoted ? closed : bare;
    shape.lastIndex = at;
    const [found] = shape.exec(text) ?? [];
    if (found === undefined) return 'open';
    values.push(isQuoted ? found.slice(1, -1).replaceAll('""', '"') : found);
    at += found.length;
    if (at >= text.length) return values;
    if (text[at] !== ',') return 'wrong';
  }
}
