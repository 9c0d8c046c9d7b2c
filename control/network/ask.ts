import { readAnswer } from './dns-answer.ts';
import { type Query, readQuery } from './dns-message.ts';
import { newQuery } from './dns-question.ts';
import type { Upstream } from './resolvers.ts';
import { askByDatagram, askByStream } from './upstream.ts';

/** How long one upstream has. Clients ask again after five seconds (resolv.conf(5)). */
const upstreamMs = 2000;

/** Asks one upstream after the other until one answers; undefined: none does. */
export async function askFirst(
  upstreams: readonly Upstream[],
  { message, query }: { message: Buffer; query: Query },
  how: typeof askByDatagram,
  stop: AbortSignal,
): Promise<Buffer | undefined> {
  for (const upstream of upstreams) {
    try {
      const signal = AbortSignal.any([stop, AbortSignal.timeout(upstreamMs)]);
      return await how(upstream, message, query, signal);
    } catch {
      // The next one may do better.
    }
  }
  return undefined;
}

/** The addresses that a name leads to, as far as upstreams know. By TCP, so that none is left out of a long list. */
export async function addressesOf(
  upstreams: readonly Upstream[],
  { name, type }: { name: string; type: number },
  stop: AbortSignal,
): Promise<string[]> {
  const message = newQuery(name, type);
  const query = readQuery(message) as Query;
  const answer =
    (await askFirst(upstreams, { message, query }, askByDatagram, stop)) ??
    (await askFirst(upstreams, { message, query }, askByStream, stop));
  return answer === undefined ? [] : (readAnswer(answer)?.addresses ?? []).map(({ address }) => address);
}
