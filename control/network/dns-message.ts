/** Length of a DNS message's header (RFC 1035, 4.1.1). */
const headerLength = 12;

/** The part of a query that a forwarder has to understand. */
export interface Query {
  id: number;
  /** Name, type and class of its one question as they are on the wire. */
  question: Buffer;
  /** Bytes that the client takes by UDP: 512, or what its OPT record says (RFC 6891). */
  limit: number;
  /** What else its OPT record says; undefined where it sends none. */
  edns: { dnssec: boolean } | undefined;
}

/** Codes of failure that a forwarder answers with by itself. */
export const failures = { format: 1, server: 2, noSuchName: 3, notImplemented: 4, refused: 5 } as const;

/**
 * Reads a query with exactly one question. A number is the failure to answer with; undefined means that there is nothing to answer to:
 * too short for a header, or itself an answer (two forwarders would throw those at each other for ever).
 */
export function readQuery(message: Buffer): Query | number | undefined {
  if (message.length < headerLength || (message[2]! & 0x80) !== 0) return undefined;
  if ((message[2]! & 0x78) !== 0) return failures.notImplemented;
  if (message.readUInt16BE(4) !== 1) return failures.format;
  const end = questionEnd(message);
  if (end === undefined) return failures.format;
  return {
    id: message.readUInt16BE(0),
    question: message.subarray(headerLength, end),
    ...clientWishes(message, end),
  };
}

/** True when `message` answers exactly this question under this id. Names compare without case (RFC 1035, 2.3.3). */
export function isAnswer(message: Buffer, id: number, question: Buffer): boolean {
  if (message.length < headerLength || message.readUInt16BE(0) !== id || (message[2]! & 0x80) === 0) return false;
  if (message.readUInt16BE(4) !== 1 || questionEnd(message) !== headerLength + question.length) return false;
  const theirs = message.subarray(headerLength, headerLength + question.length);
  return theirs.toString('latin1').toLowerCase() === question.toString('latin1').toLowerCase();
}

/** True for an answer of which a part didn't fit. */
export function isTruncated(answer: Buffer): boolean {
  return (answer[2]! & 0x02) !== 0;
}

/** The message with another id. */
export function withId(message: Buffer, id: number): Buffer {
  const copy = Buffer.from(message);
  copy.writeUInt16BE(id, 0);
  return copy;
}

/** The answer that says no: the query's header and question with a code of failure. */
export function failure(query: Buffer, code: number): Buffer {
  return emptyAnswer(query, (flags) => flags | code);
}

/** The answer that sends a client to TCP, for what doesn't fit a datagram of its. */
export function truncated(query: Buffer): Buffer {
  return emptyAnswer(query, (flags) => flags | 0x0200);
}

/** The answer that there is nothing of the kind that was asked for under this name. */
export function noData(query: Buffer): Buffer {
  return emptyAnswer(query, (flags) => flags);
}

function emptyAnswer(query: Buffer, flags: (flags: number) => number): Buffer {
  const end = query.readUInt16BE(4) === 1 ? questionEnd(query) : undefined;
  const answer = Buffer.from(query.subarray(0, end ?? headerLength));
  // Answer, recursion available; opcode and "recursion desired" as they came.
  answer.writeUInt16BE(flags((query.readUInt16BE(2) & 0x7900) | 0x8080), 2);
  answer.writeUInt16BE(end === undefined ? 0 : 1, 4);
  answer.fill(0, 6, headerLength);
  return answer;
}

/** Where the question ends; undefined when it isn't whole, or compresses its name (in a question there is nothing to point at). */
function questionEnd(message: Buffer): number | undefined {
  let at = headerLength;
  for (;;) {
    const length = message[at];
    if (length === undefined || length > 63 || at - headerLength > 255) return undefined;
    at += 1 + length;
    if (length === 0) break;
  }
  return at + 4 <= message.length ? at + 4 : undefined;
}

/** A query's OPT record stands first among its additional records in all known clients; others get the 512 that all take. */
function clientWishes(message: Buffer, end: number): Pick<Query, 'limit' | 'edns'> {
  const isOpt =
    message.readUInt16BE(6) === 0 &&
    message.readUInt16BE(8) === 0 &&
    message.readUInt16BE(10) > 0 &&
    message.length >= end + 11 &&
    message[end] === 0 &&
    message.readUInt16BE(end + 1) === 41;
  if (!isOpt) return { limit: 512, edns: undefined };
  const limit = Math.min(4096, Math.max(512, message.readUInt16BE(end + 3)));
  return { limit, edns: { dnssec: (message[end + 7]! & 0x80) !== 0 } };
}
