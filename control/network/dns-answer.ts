import { readName } from './dns-names.ts';
import { internet, types } from './dns-question.ts';
import { printAddress } from './ranges.ts';

/** An address that an answer gives, and for how many seconds it may be used. */
export interface Given {
  address: string;
  ttl: number;
}

/** What an answer says about the name that was asked for. */
export interface Answer {
  /** That name, then its aliases, each the last one's. */
  names: string[];
  addresses: Given[];
}

/** More aliases one after the other lead nowhere. */
const aliasLimit = 16;

interface Resource {
  section: 'answer' | 'other';
  owner: string;
  type: number;
  class: number;
  /** Where in the message its time to live is, and where its data. */
  ttlAt: number;
  dataAt: number;
  length: number;
}

/**
 * Reads an answer. Records about other names than the one asked for and its aliases count for nothing.
 * Undefined when it is not whole, or its aliases go in a circle.
 */
export function readAnswer(message: Buffer): Answer | undefined {
  try {
    const records = [...resources(message)].filter(
      (record) => record.section === 'answer' && record.class === internet,
    );
    const aliases = new Map<string, string>();
    for (const { type, owner, dataAt } of records) {
      if (type === types.cname && !aliases.has(owner)) aliases.set(owner, readName(message, dataAt).name);
    }
    const names: string[] = [];
    for (let next: string | undefined = readName(message, 12).name; next !== undefined; next = aliases.get(next)) {
      if (names.includes(next) || names.length > aliasLimit) return undefined;
      names.push(next);
    }
    const addresses = records
      .filter(({ owner }) => names.includes(owner))
      .flatMap((record) => addressIn(message, record) ?? []);
    return { names, addresses };
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** The answer with no time to live above `longest` seconds. It was read before, so it is whole. */
export function withShortLives(message: Buffer, longest: number): Buffer {
  const copy = Buffer.from(message);
  for (const { type, ttlAt } of resources(message)) {
    // What stands there in an OPT record is no time.
    if (type !== types.opt) copy.writeUInt32BE(Math.min(ttl(message, ttlAt), longest), ttlAt);
  }
  return copy;
}

function addressIn(message: Buffer, { type, ttlAt, dataAt, length }: Resource): Given | undefined {
  const isAddress = (type === types.a && length === 4) || (type === types.aaaa && length === 16);
  if (!isAddress) return undefined;
  const bits = BigInt(`0x${message.toString('hex', dataAt, dataAt + length)}`);
  return { address: printAddress(length === 4 ? 4 : 6, bits), ttl: ttl(message, ttlAt) };
}

/** A time to live with its highest bit set is none (RFC 2181, 8). */
function ttl(message: Buffer, at: number): number {
  const seconds = message.readUInt32BE(at);
  return seconds > 0x7fff_ffff ? 0 : seconds;
}

/** Every record after the question. @throws RangeError where the message isn't whole */
function* resources(message: Buffer): Generator<Resource> {
  const answers = message.readUInt16BE(6);
  const count = answers + message.readUInt16BE(8) + message.readUInt16BE(10);
  let at = readName(message, 12).end + 4;
  for (let n = 0; n < count; n += 1) {
    const { name: owner, end } = readName(message, at);
    const length = message.readUInt16BE(end + 8);
    const dataAt = end + 10;
    if (dataAt + length > message.length) throw new RangeError('a record that has no end');
    const [type, kind] = [message.readUInt16BE(end), message.readUInt16BE(end + 2)];
    yield { section: n < answers ? 'answer' : 'other', owner, type, class: kind, ttlAt: end + 4, dataAt, length };
    at = dataAt + length;
  }
}
