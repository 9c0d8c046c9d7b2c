import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import { isAnswer, type Query, withId } from './dns-message.ts';
import type { Upstream } from './resolvers.ts';

/**
 * Asks one upstream by UDP. Every query gets a socket of its own, so a port that the kernel picks at random, and an id
 * at random: an answer forged by somebody who doesn't see the query has 2^30 to guess (RFC 5452). Answers that don't fit
 * are passed over, the wait goes on.
 * @throws when the signal aborts or the upstream can't be reached
 */
export async function askByDatagram(
  upstream: Upstream,
  message: Buffer,
  query: Query,
  signal: AbortSignal,
): Promise<Buffer> {
  signal.throwIfAborted();
  const id = randomInt(0x10000);
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const socket = createSocket(upstream.address.includes(':') ? 'udp6' : 'udp4');
  const abort = () => reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  socket.once('error', reject);
  socket.on('message', (answer) => {
    if (isAnswer(answer, id, query.question)) resolve(withId(answer, query.id));
  });
  // Connected: the kernel then passes on what comes from there only, and says so when nobody listens.
  socket.once('connect', () => socket.send(withId(message, id)));
  socket.connect(upstream.port, upstream.address);
  try {
    return await promise;
  } finally {
    signal.removeEventListener('abort', abort);
    socket.removeAllListeners('error').on('error', () => {});
    socket.close();
  }
}

/** Asks one upstream by TCP, for answers that are too large for a datagram. @throws as above */
export async function askByStream(
  upstream: Upstream,
  message: Buffer,
  query: Query,
  signal: AbortSignal,
): Promise<Buffer> {
  signal.throwIfAborted();
  const id = randomInt(0x10000);
  const socket = connect({ host: upstream.address, port: upstream.port, signal });
  try {
    socket.write(frame(withId(message, id)));
    for await (const answer of frames(socket)) {
      if (isAnswer(answer, id, query.question)) return withId(answer, query.id);
    }
    throw new Error(`${upstream.address} closed the connection without an answer`);
  } finally {
    socket.on('error', () => {}).destroy();
  }
}

/** A message as it travels by TCP: its length in two bytes goes before (RFC 1035, 4.2.2). */
export function frame(message: Buffer): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(message.length);
  return Buffer.concat([length, message]);
}

/** The messages of a TCP stream, one after the other; never holds more than one and what came with it. */
export async function* frames(stream: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let rest = Buffer.alloc(0);
  for await (const chunk of stream) {
    rest = Buffer.concat([rest, chunk]);
    while (rest.length >= 2 && rest.length >= 2 + rest.readUInt16BE()) {
      const end = 2 + rest.readUInt16BE();
      yield rest.subarray(2, end);
      rest = rest.subarray(end);
    }
  }
}
