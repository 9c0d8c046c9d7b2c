import { createSocket, type Socket as DatagramSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { frame, frames } from '../../../control/network/upstream.ts';

/** A query as the server got it, and how. */
export interface Asked {
  message: Buffer;
  by: 'datagram' | 'stream';
  /** Port that it came from. */
  port: number;
}

/** What a server of names does with a query: the messages that it sends back, any number of them. */
export type Behaviour = (asked: Asked) => Buffer[];

/** A server of names that does as a test says, at the same port of 127.0.0.1 by UDP and TCP. */
export async function nameServer(behaviour: Behaviour) {
  const asked: Asked[] = [];
  const sockets = new Set<Socket>();
  const streams = createServer(async (socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    try {
      for await (const message of frames(socket)) {
        const one: Asked = { message, by: 'stream', port: socket.remotePort ?? 0 };
        asked.push(one);
        for (const answer of behaviour(one)) socket.write(frame(answer));
      }
    } catch {
      // The other side left.
    }
  });
  const datagrams = createSocket('udp4');
  datagrams.on('message', (message, from) => {
    const one: Asked = { message, by: 'datagram', port: from.port };
    asked.push(one);
    for (const answer of behaviour(one)) datagrams.send(answer, from.port, from.address);
  });
  const port = await listenTwice(streams, datagrams);
  const close = async () => {
    for (const socket of sockets) socket.destroy();
    await Promise.all([
      new Promise<void>((done) => datagrams.close(done)),
      new Promise<void>((done) => streams.close(() => done())),
    ]);
  };
  return { address: '127.0.0.1', port, asked, close };
}

/** Listens by TCP and UDP at one port, which the kernel picks for TCP and which is free for UDP nearly always. */
async function listenTwice(streams: Server, datagrams: DatagramSocket): Promise<number> {
  for (;;) {
    streams.listen(0, '127.0.0.1');
    await once(streams, 'listening');
    const { port } = streams.address() as AddressInfo;
    datagrams.bind(port, '127.0.0.1');
    const isFree = await once(datagrams, 'listening').then(
      () => true,
      (error: NodeJS.ErrnoException) => {
        if (error.code !== 'EADDRINUSE') throw error;
        return false;
      },
    );
    if (isFree) return port;
    streams.close();
    await once(streams, 'close');
  }
}

/** A query for the IPv4 address of a name. `payload`: what the client says that it takes by UDP. */
export function query(name: string, { id = 4711, payload }: { id?: number; payload?: number } = {}): Buffer {
  const header = Buffer.alloc(12);
  header.writeUInt16BE(id, 0);
  header.writeUInt16BE(0x0100, 2);
  header.writeUInt16BE(1, 4);
  const labels = name.split('.').flatMap((label) => [Buffer.from([label.length]), Buffer.from(label)]);
  const question = Buffer.concat([...labels, Buffer.from([0, 0, 1, 0, 1])]);
  if (payload === undefined) return Buffer.concat([header, question]);
  header.writeUInt16BE(1, 10);
  const opt = Buffer.from([0, 0, 41, 0, 0, 0, 0, 0, 0, 0, 0]);
  opt.writeUInt16BE(payload, 3);
  return Buffer.concat([header, question, opt]);
}

/** The answer to a query for an address; questions for anything else get an empty one. */
export function answer(message: Buffer, addresses: string[]): Buffer {
  const end = message.indexOf(0, 12) + 5;
  const isAddress = message.readUInt16BE(end - 4) === 1;
  const records = (isAddress ? addresses : []).map((address) =>
    // A pointer to the question's name, type A, class IN, a minute, four bytes.
    Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, ...address.split('.').map(Number)]),
  );
  const reply = Buffer.concat([message.subarray(0, end), ...records]);
  reply.writeUInt16BE(0x8180, 2);
  reply.writeUInt16BE(records.length, 6);
  reply.fill(0, 8, 12);
  return reply;
}

/** The name in a message's question. */
export function nameOf(message: Buffer): string {
  const labels: string[] = [];
  for (let at = 12; message[at] !== 0; at += 1 + message[at]!) {
    labels.push(message.toString('latin1', at + 1, at + 1 + message[at]!));
  }
  return labels.join('.');
}
