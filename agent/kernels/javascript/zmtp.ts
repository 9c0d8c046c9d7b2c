import { createServer, type Server, type Socket } from 'node:net';

/** What a kernel binds: answers whoever asked, tells everybody, or says back what it hears. */
export type SocketType = 'ROUTER' | 'PUB' | 'REP';

/** One client on one socket. */
export interface Peer {
  /** The name that it gave itself; the same on all sockets of one client. */
  identity: string;
  send(frames: Buffer[]): void;
}

export interface ZmtpOptions {
  type: SocketType;
  /** `ipc://PATH` or `tcp://HOST:PORT`. */
  endpoint: string;
  onMessage(frames: Buffer[], peer: Peer): void;
}

const more = 1;
const long = 2;
const command = 4;
const greetingBytes = 64;
/** No message of a client's is larger: a cell has at most 16 MiB. */
const maxFrameBytes = 256 * 1024 * 1024;

/**
 * One bound socket that speaks ZMTP 3.0 (https://rfc.zeromq.org/spec/23/) with the NULL mechanism, as far as a Jupyter kernel
 * needs it. ZeroMQ itself is a native library: it would have to fit whatever Node and C library an image has.
 */
export class ZmtpSocket {
  readonly #options: ZmtpOptions;
  readonly #server: Server;
  readonly #connections = new Set<Connection>();

  constructor(options: ZmtpOptions) {
    this.#options = options;
    this.#server = createServer((socket) => {
      const connection = new Connection(socket, options);
      this.#connections.add(connection);
      socket.on('close', () => this.#connections.delete(connection));
    });
  }

  async listen(): Promise<void> {
    const [, scheme, place] = /^(ipc|tcp):\/\/(.+)$/.exec(this.#options.endpoint) ?? [];
    const [host, port] = [place!.slice(0, place!.lastIndexOf(':')), Number(place!.split(':').pop())];
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      if (scheme === 'ipc') this.#server.listen(place, resolve);
      else this.#server.listen(port, host, resolve);
    });
  }

  /** To everybody who is connected: there are no topics. */
  publish(frames: Buffer[]): void {
    for (const connection of this.#connections) connection.send(frames);
  }

  /** To the client of that name; false when it is not connected. */
  sendTo(identity: string, frames: Buffer[]): boolean {
    const connection = [...this.#connections].find((one) => one.identity === identity);
    connection?.send(frames);
    return connection !== undefined;
  }

  /** Bytes that wait for the slowest reader. */
  get waiting(): number {
    return Math.max(0, ...[...this.#connections].map(({ waiting }) => waiting));
  }
}

class Connection implements Peer {
  identity = '';
  readonly #socket: Socket;
  readonly #options: ZmtpOptions;
  #received: Buffer[] = [];
  #length = 0;
  #needed = greetingBytes;
  #greeted = false;
  #frames: Buffer[] = [];

  constructor(socket: Socket, options: ZmtpOptions) {
    this.#socket = socket;
    this.#options = options;
    socket.setNoDelay(true);
    socket.on('data', (chunk) => this.#receive(chunk));
    // Whoever has gone away is told nothing more.
    socket.on('error', () => socket.destroy());
    socket.write(Buffer.concat([greeting(), ready(options.type)]));
  }

  get waiting(): number {
    return this.#socket.writableLength;
  }

  send(frames: Buffer[]): void {
    if (!this.#greeted || this.#socket.destroyed) return;
    this.#socket.write(
      Buffer.concat(frames.flatMap((body, at) => [header(at < frames.length - 1 ? more : 0, body), body])),
    );
  }

  #receive(chunk: Buffer): void {
    this.#received.push(chunk);
    this.#length += chunk.length;
    // Put together only when there is enough: a large frame comes in hundreds of parts.
    while (this.#length >= this.#needed) {
      const all = this.#received.length === 1 ? this.#received[0]! : Buffer.concat(this.#received);
      const used = this.#greeted ? this.#frame(all) : greetingBytes;
      this.#greeted = true;
      this.#received = [all.subarray(used)];
      this.#length = all.length - used;
      if (used > 0) this.#needed = 2;
    }
  }

  /** Takes one frame off; 0 when it isn't whole yet, and `#needed` says what it takes. */
  #frame(all: Buffer): number {
    const flags = all[0]!;
    const start = flags & long ? 9 : 2;
    this.#needed = start;
    if (all.length < start) return 0;
    const size = flags & long ? Number(all.readBigUInt64BE(1)) : all[1]!;
    if (size > maxFrameBytes) this.#socket.destroy();
    this.#needed = start + size;
    if (all.length < start + size) return 0;
    const body = all.subarray(start, start + size);
    if (flags & command) this.identity = identityIn(body) ?? this.identity;
    else this.#message(body, (flags & more) !== 0);
    return start + size;
  }

  #message(body: Buffer, isMore: boolean): void {
    this.#frames.push(Buffer.from(body));
    if (isMore) return;
    const frames = this.#frames;
    this.#frames = [];
    // What comes to a PUB are subscriptions.
    if (this.#options.type === 'REP') this.send(frames);
    else if (this.#options.type === 'ROUTER') this.#options.onMessage(frames, this);
  }
}

function greeting(): Buffer {
  const bytes = Buffer.alloc(greetingBytes);
  bytes[0] = 0xff;
  bytes[9] = 0x7f;
  bytes[10] = 3;
  bytes.write('NULL', 12);
  return bytes;
}

function ready(type: SocketType): Buffer {
  const body = Buffer.concat([Buffer.from('\x05READY'), property('Socket-Type', type), property('Identity', '')]);
  return Buffer.concat([header(command, body), body]);
}

function property(name: string, value: string): Buffer {
  const size = Buffer.alloc(4);
  size.writeUInt32BE(value.length);
  return Buffer.concat([Buffer.from([name.length]), Buffer.from(name), size, Buffer.from(value)]);
}

function header(flags: number, body: Buffer): Buffer {
  if (body.length < 256) return Buffer.from([flags, body.length]);
  const bytes = Buffer.alloc(9);
  bytes[0] = flags | long;
  bytes.writeBigUInt64BE(BigInt(body.length), 1);
  return bytes;
}

/** The identity in a READY command; undefined in any other. */
function identityIn(body: Buffer): string | undefined {
  if (body.toString('latin1', 0, 6) !== '\x05READY') return undefined;
  for (let at = 6; at + 5 <= body.length; ) {
    const name = body.toString('latin1', at + 1, at + 1 + body[at]!);
    const start = at + 1 + name.length + 4;
    const end = start + body.readUInt32BE(start - 4);
    if (name.toLowerCase() === 'identity') return body.toString('latin1', start, end);
    at = end;
  }
  return undefined;
}
