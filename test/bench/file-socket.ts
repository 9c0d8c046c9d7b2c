import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { rmSync, statSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** Ports of loopback: what is sent to the one becomes the file, the other sends the file. */
export interface FilePorts {
  write: number;
  read: number;
}

/** A file behind a loopback socket: the least that bringing bytes into a file of another process can cost in Node. */
export class FileSocket {
  readonly #path: string;
  readonly #child: ChildProcess;
  readonly #ports: FilePorts;
  readonly #signal: AbortSignal;

  private constructor(path: string, child: ChildProcess, ports: FilePorts, signal: AbortSignal) {
    this.#path = path;
    this.#child = child;
    this.#ports = ports;
    this.#signal = signal;
  }

  /** Starts the process at the other end. */
  static async start(path: string, signal: AbortSignal): Promise<FileSocket> {
    const child = fork(join(import.meta.dirname, 'file-server.ts'), [path], { stdio: ['ignore', 2, 2, 'ipc'] });
    const exited = once(child, 'exit', { signal }).then(() => {
      throw new Error('the process behind the socket ended');
    });
    const [ports] = (await Promise.race([once(child, 'message', { signal }), exited])) as [FilePorts];
    exited.catch(() => {});
    return new FileSocket(path, child, ports, signal);
  }

  /** Sends the content; resolves when it is on the disk. */
  async write(content: Iterable<Buffer>): Promise<void> {
    const socket = connect({ host: '127.0.0.1', port: this.#ports.write });
    // The other side ends its half when the file is on the disk.
    const stored = this.#count(socket);
    await Promise.all([
      pipeline(Readable.from(content, { objectMode: false }), socket, { signal: this.#signal }),
      stored,
    ]);
  }

  /** Receives the file. @throws Error when it isn't of this size */
  async read(size: number): Promise<void> {
    const received = await this.#count(connect({ host: '127.0.0.1', port: this.#ports.read }));
    if (received !== size) throw new Error(`expected ${size} bytes of the baseline, ${received} came`);
  }

  /** Removes the file. @throws Error when it isn't of this size */
  remove(size: number): void {
    const found = statSync(this.#path).size;
    if (found !== size) throw new Error(`expected a file of ${size} bytes, it has ${found}`);
    rmSync(this.#path);
  }

  async close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#child.disconnect();
    await exited;
  }

  async #count(socket: Socket): Promise<number> {
    let received = 0;
    await pipeline(
      socket,
      async (chunks) => {
        for await (const chunk of chunks as AsyncIterable<Buffer>) received += chunk.length;
      },
      { signal: this.#signal },
    );
    return received;
  }
}
