import type { Query } from './dns-message.ts';
import { readName, writeName } from './dns-names.ts';

/** Types of records that are treated in a way of their own (IANA, "Resource Record (RR) TYPEs"). */
export const types = {
  a: 1,
  cname: 5,
  aaaa: 28,
  opt: 41,
  svcb: 64,
  https: 65,
  ixfr: 251,
  axfr: 252,
  any: 255,
} as const;
/** The internet's class. */
export const internet = 1;

/** Bit of an OPT record's flags that asks for signatures (RFC 3225). */
const dnssecOk = 0x8000;
/** RD, AD and CD: that a resolver is asked to do the work, and how it treats signatures. */
const keptFlags = 0x0130;

/** What a query asks for. */
export interface Question {
  /** As `readName` gives it. */
  name: string;
  type: number;
  class: number;
}

/** Reads the question of a query that was found to be whole. */
export function readQuestion({ question }: Query): Question {
  const { name, end } = readName(question, 0);
  return { name, type: question.readUInt16BE(end), class: question.readUInt16BE(end + 2) };
}

/**
 * The query as a resolver needs it, and nothing of the client's besides: its name, whether signatures are wanted, and what fits.
 * Options (RFC 6891) are left out; by one of them a client could say whose answer it wants.
 */
export function bareQuery(message: Buffer, { question, limit, edns }: Query): Buffer {
  const header = Buffer.alloc(12);
  header.writeUInt16BE(message.readUInt16BE(2) & keptFlags, 2);
  header.writeUInt16BE(1, 4);
  if (edns === undefined) return Buffer.concat([header, question]);
  header.writeUInt16BE(1, 10);
  const opt = Buffer.alloc(11);
  opt.writeUInt16BE(types.opt, 1);
  opt.writeUInt16BE(limit, 3);
  opt.writeUInt16BE(edns.dnssec ? dnssecOk : 0, 7);
  return Buffer.concat([header, question, opt]);
}

/** A query of this process's own. */
export function newQuery(name: string, type: number): Buffer {
  const header = Buffer.alloc(12);
  // Recursion desired, one question.
  header.writeUInt16BE(0x0100, 2);
  header.writeUInt16BE(1, 4);
  const kind = Buffer.alloc(4);
  kind.writeUInt16BE(type, 0);
  kind.writeUInt16BE(internet, 2);
  return Buffer.concat([header, writeName(name), kind]);
}
