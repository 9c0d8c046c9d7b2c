import { createSocket, type Socket as DatagramSocket, type RemoteInfo } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { ApiError } from '../../shared/api/errors.ts';
import { askFirst } from './ask.ts';
import { failure, failures, type Query, readQuery, truncated } from './dns-message.ts';
import { bareQuery } from './dns-question.ts';
import type { Gate } from './gate.ts';
import { answerGated } from './gated.ts';
import { contains, type Range } from './ranges.ts';
import type { Upstream } from './resolvers.ts';
import { askByDatagram, askByStream, frame, frames } from './upstream.ts';

/** Queries that wait for an upstream at any time, and those of one client: no sandbox takes the names from the others. */
const waitingLimit = 1024;
const waitingPerClient = 128;
/** Open TCP connections, of all clients and of one. */
const streamLimit = 256;
const streamsPerClient = 16;
/** How long an idle TCP connection has. */
const idleMs = 10_000;
/** More than any honest query needs; larger ones are not passed on. */
const queryBytes = 4096;

export interface ForwarderOptions {
  /** Where to listen, UDP and TCP. */
  address: string;
  port: number;
  /** Where clients are; a host passes on packets for any of its addresses, so others could ask as well. */
  clients: Range[];
  /** What whoever asks from an address may ask for; undefined for those who get no answer. */
  gateAt: (address: string) => Promise<Gate | undefined>;
  /** Whom to ask, in this order. */
  upstreams: () => Promise<Upstream[]>;
}

/**
 * Passes sandboxes' DNS queries on to the host's resolvers, which are often at addresses that sandboxes must not reach.
 * What a name leads to is the business of the packet filter, which stops a connection wherever the address came from; of a
 * sandbox with a policy, the gate says which names it gets an answer for.
 */
export class Forwarder {
  readonly #options: ForwarderOptions;
  readonly #datagrams: DatagramSocket;
  readonly #streams: Server;
  readonly #open = new Set<Socket>();
  readonly #waiting = new Map<string, number>();
  readonly #closing = new AbortController();
  #total = 0;

  private constructor(options: ForwarderOptions, datagrams: DatagramSocket, streams: Server) {
    this.#options = options;
    this.#datagrams = datagrams;
    this.#streams = streams;
    // An ICMP error that some client provoked ends nothing.
    datagrams.on('error', () => {});
    streams.on('error', () => {});
    datagrams.on('message', (message, from) => void this.#datagram(message, from));
    streams.on('connection', (socket) => void this.#stream(socket));
  }

  /** Binds both sockets. @throws `DOCKER::INITIALIZATION_ERROR` that says what is in the way */
  static async listen(options: ForwarderOptions): Promise<Forwarder> {
    const datagrams = createSocket(options.address.includes(':') ? 'udp6' : 'udp4');
    // Half open: a client that has asked and closed its side still gets its answer.
    const streams = createServer({ allowHalfOpen: true });
    try {
      // In this order: a port that the kernel picks for TCP is nearly always free for UDP too, and often not the other way round.
      streams.listen(options.port, options.address);
      await once(streams, 'listening');
      datagrams.bind((streams.address() as AddressInfo).port, options.address);
      await once(datagrams, 'listening');
    } catch (error) {
      datagrams.close();
      streams.close();
      const where = `${options.address}, port ${options.port}`;
      const message = `the forwarder of names can't listen at ${where}: ${(error as Error).message}`;
      throw new ApiError('DOCKER::INITIALIZATION_ERROR', message, { cause: error });
    }
    return new Forwarder(options, datagrams, streams);
  }

  /** The port, where the kernel picked one. */
  get port(): number {
    return this.#datagrams.address().port;
  }

  /** Ends all of it; queries that wait get no answer any more. */
  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort();
    for (const socket of this.#open) socket.destroy();
    await Promise.all([
      new Promise<void>((done) => this.#datagrams.close(done)),
      new Promise<void>((done) => this.#streams.close(() => done())),
    ]);
  }

  async #datagram(message: Buffer, from: RemoteInfo): Promise<void> {
    const answer = await this.#answer(message, from.address, askByDatagram);
    if (answer === undefined || this.#closing.signal.aborted) return;
    const query = readQuery(message);
    const fits = typeof query !== 'object' || answer.length <= query.limit;
    this.#datagrams.send(fits ? answer : truncated(message), from.port, from.address, () => {});
  }

  async #stream(socket: Socket): Promise<void> {
    const client = socket.remoteAddress ?? '';
    const theirs = [...this.#open].filter(({ remoteAddress }) => remoteAddress === client).length;
    if (this.#open.size >= streamLimit || theirs >= streamsPerClient)
      return void socket.on('error', () => {}).destroy();
    this.#open.add(socket);
    socket.on('error', () => {}).once('close', () => this.#open.delete(socket));
    socket.setTimeout(idleMs, () => socket.destroy());
    try {
      // One query after the other: a client that sends thousands at once waits for itself.
      for await (const message of frames(socket.iterator({ destroyOnReturn: false }))) {
        const answer = await this.#answer(message, client, askByStream);
        if (answer === undefined) break;
        if (!socket.write(frame(answer))) await once(socket, 'drain', { signal: this.#closing.signal });
      }
      socket.end();
    } catch {
      // The client went away, or was idle for too long.
      socket.destroy();
    }
  }

  /** Undefined: no answer at all. */
  async #answer(message: Buffer, address: string, ask: typeof askByDatagram): Promise<Buffer | undefined> {
    if (!contains(this.#options.clients, address) || message.length > queryBytes) return undefined;
    const query = readQuery(message);
    if (typeof query !== 'object') return query === undefined ? undefined : failure(message, query);
    const theirs = this.#waiting.get(address) ?? 0;
    if (this.#total >= waitingLimit || theirs >= waitingPerClient) return failure(message, failures.refused);
    this.#total += 1;
    this.#waiting.set(address, theirs + 1);
    try {
      const gate = await this.#options.gateAt(address);
      if (gate === undefined) return undefined;
      if (!gate.isOpen) {
        return await answerGated(gate, message, query, () => this.#ask(bareQuery(message, query), query, ask));
      }
      return (await this.#ask(message, query, ask)) ?? failure(message, failures.server);
    } finally {
      this.#total -= 1;
      const left = (this.#waiting.get(address) ?? 1) - 1;
      if (left === 0) this.#waiting.delete(address);
      else this.#waiting.set(address, left);
    }
  }

  async #ask(message: Buffer, query: Query, ask: typeof askByDatagram): Promise<Buffer | undefined> {
    return askFirst(await this.#options.upstreams(), { message, query }, ask, this.#closing.signal);
  }
}
