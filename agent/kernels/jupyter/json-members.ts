/** Where the value of a member of an object is in its JSON. */
export interface Member {
  key: string;
  start: number;
  end: number;
}

const quote = 0x22;
const backslash = 0x5c;

/** The members of the object at `start`, found without reading them: some are larger than what fits into memory twice. @throws Error */
export function* members(json: Buffer, start = 0): Generator<Member> {
  let at = skipSpace(json, start);
  if (json[at] !== 0x7b) throw new Error('not a JSON object');
  at = skipSpace(json, at + 1);
  while (json[at] === quote) {
    const keyEnd = skipString(json, at);
    const key = JSON.parse(json.toString('utf8', at, keyEnd)) as string;
    const valueStart = skipSpace(json, skipSpace(json, keyEnd) + 1);
    const end = skipValue(json, valueStart);
    yield { key, start: valueStart, end };
    at = skipSpace(json, end);
    if (json[at] === 0x2c) at = skipSpace(json, at + 1);
  }
}

/** The text of the string from `start` to `end`, quotes included, in pieces made of about `length` bytes; none ends in half a character. */
export function* pieces(json: Buffer, { start, end }: Omit<Member, 'key'>, length = 256 * 1024): Generator<string> {
  const last = end - 1;
  let half = '';
  for (let from = start + 1; from < last; ) {
    const to = from + length < last ? Math.min(last, wholeCharacter(json, from + length)) : last;
    const text = half + JSON.parse(`"${json.toString('utf8', from, to)}"`);
    const isCut = to < last && (text.charCodeAt(text.length - 1) & 0xfc00) === 0xd800;
    half = isCut ? text.slice(-1) : '';
    yield isCut ? text.slice(0, -1) : text;
    from = to;
  }
}

/** The next place from `at` on that lies neither in a character's bytes nor in an escape. */
function wholeCharacter(json: Buffer, at: number): number {
  let place = at;
  while (place < at + 3 && (json[place]! & 0xc0) === 0x80) place += 1;
  if (isEscaped(json, place)) return place + (json[place] === 0x75 ? 5 : 1);
  for (let u = place - 1; u >= place - 4; u -= 1) if (json[u] === 0x75 && isEscaped(json, u)) return u + 5;
  return place;
}

/** An odd number of backslashes stands before it. */
function isEscaped(json: Buffer, at: number): boolean {
  let first = at;
  while (json[first - 1] === backslash) first -= 1;
  return (at - first) % 2 === 1;
}

function skipValue(json: Buffer, start: number): number {
  let depth = 0;
  for (let at = start; at < json.length; at += 1) {
    const byte = json[at]!;
    const isOpening = byte === 0x7b || byte === 0x5b;
    const isClosing = byte === 0x7d || byte === 0x5d;
    if (byte === quote) at = skipString(json, at) - 1;
    else if (isOpening) depth += 1;
    else if (depth === 0 && (isClosing || byte === 0x2c || isSpace(byte))) return at;
    else if (isClosing) depth -= 1;
    if (depth === 0 && (byte === quote || isClosing)) return at + 1;
  }
  throw new Error('JSON that ends too early');
}

function skipString(json: Buffer, start: number): number {
  let end = start;
  do {
    end = json.indexOf(quote, end + 1);
    if (end < 0) throw new Error('JSON that ends in a string');
  } while (isEscaped(json, end));
  return end + 1;
}

function skipSpace(json: Buffer, start: number): number {
  let at = start;
  while (isSpace(json[at])) at += 1;
  return at;
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}
