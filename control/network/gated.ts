import { readAnswer, withShortLives } from './dns-answer.ts';
import { failure, failures, isTruncated, noData, type Query, truncated } from './dns-message.ts';
import { isPlainName } from './dns-names.ts';
import { internet, readQuestion, types } from './dns-question.ts';
import type { Gate } from './gate.ts';

/** More addresses than any honest name leads to; the packet filter is spared the rest. */
const addressLimit = 512;

/** Kinds of questions that only servers of names ask each other, or whose answer is everything at once (RFC 8482). */
const unanswered: ReadonlySet<number> = new Set([types.ixfr, types.axfr, types.any]);
/** Kinds of answers that bring addresses along which nobody would open. Clients then ask for addresses as ever. */
const bundled: ReadonlySet<number> = new Set([types.svcb, types.https]);

/**
 * Answers a query of a sandbox that has a policy: as if a name that is denied were not there, and for one that is allowed with
 * what `ask` finds out, once all addresses in it are open.
 */
export async function answerGated(
  gate: Gate,
  message: Buffer,
  query: Query,
  ask: () => Promise<Buffer | undefined>,
): Promise<Buffer> {
  const { name, type, class: kind } = readQuestion(query);
  if (!gate.isKnown) return failure(message, failures.server);
  if (!isPlainName(name) || !gate.admits([name])) return failure(message, failures.noSuchName);
  if (kind !== internet) return failure(message, failures.refused);
  if (unanswered.has(type)) return failure(message, failures.notImplemented);
  if (bundled.has(type) || (type === types.aaaa && !gate.ipv6)) return noData(message);
  const reply = await ask();
  if (reply && isTruncated(reply)) return truncated(message);
  const answer = reply && readAnswer(reply);
  if (!reply || !answer || answer.addresses.length > addressLimit) return failure(message, failures.server);
  try {
    if (!(await gate.release(answer.names, answer.addresses))) return failure(message, failures.noSuchName);
  } catch {
    // An address that isn't open is of no use to anybody.
    return failure(message, failures.server);
  }
  return withShortLives(reply, gate.lives.longest - gate.lives.grace);
}
