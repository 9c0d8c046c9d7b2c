import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { pipeline } from 'node:stream/promises';
import type { FilePorts } from './file-socket.ts';

/** Bytes that are read and written at once: more than Node's own 64 KiB, with which it takes longer. */
const highWaterMark = 2 ** 20;

/** The other end of file-socket.ts: plain Node, one file. Ends when the process that measures disconnects or is gone. */
async function serve(path: string): Promise<void> {
  const write = await listen(async (socket) => {
    await pipeline(socket, createWriteStream(path, { flush: true, highWaterMark }));
    socket.end();
  });
  const read = await listen((socket) => pipeline(createReadStream(path, { highWaterMark }), socket));
  const ports: FilePorts = { write, read };
  process.send?.(ports);
  await once(process, 'disconnect');
  process.exit();
}

async function listen(take: (socket: Socket) => Promise<void>): Promise<number> {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    take(socket).catch((error: Error) => {
      // The other side only learns that it got less, or nothing.
      process.stderr.write(`bench: the baseline's file: ${error.message}\n`);
      socket.destroy();
    });
    socket.on('error', () => {});
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

process.on('SIGINT', () => {});
await serve(process.argv[2]!);
