import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync, readSync, unlinkSync } from 'node:fs';
import { Socket } from 'node:net';
import { dirname, join } from 'node:path';
import { StringDecoder } from 'node:string_decoder';

const names = ['stdout', 'stderr'] as const;
export type StreamName = (typeof names)[number];

/**
 * Puts pipes in place of descriptors 1 and 2, so that what subprocesses and native code write is seen too, and returns
 * their reading ends. Undefined where the image has no `mkfifo`: Node itself can't make a pipe.
 */
export function pipeOutput(connectionFile: string): Record<StreamName, number> | undefined {
  const paths = names.map((name) => join(dirname(connectionFile), `${name}-${process.pid}`));
  try {
    execFileSync('mkfifo', ['-m', '600', ...paths], { stdio: 'ignore' });
  } catch {
    return undefined;
  }
  const reading = paths.map((path) => openSync(path, constants.O_RDONLY | constants.O_NONBLOCK));
  for (const [at, path] of paths.entries()) {
    // A descriptor that is opened gets the lowest free number.
    closeSync(at + 1);
    if (openSync(path, 'w') !== at + 1) throw new Error(`descriptor ${at + 1} could not be replaced`);
    unlinkSync(path);
  }
  return { stdout: reading[0]!, stderr: reading[1]! };
}

/** Reads one of these pipes as text. */
export class PipeReader {
  readonly #fd: number;
  readonly #socket: Socket;
  readonly #decoder = new StringDecoder('utf8');
  readonly #take: (text: string) => void;
  readonly #buffer = Buffer.alloc(65_536);

  constructor(fd: number, take: (text: string) => void) {
    this.#fd = fd;
    this.#take = take;
    this.#socket = new Socket({ fd, readable: true, writable: false });
    this.#socket.on('data', (data) => this.#take(this.#decoder.write(data)));
    this.#socket.on('error', () => {});
  }

  /** Takes what has been written by now, without waiting for its turn. */
  drain(): void {
    try {
      for (let size = 1; size > 0; ) {
        size = readSync(this.#fd, this.#buffer);
        this.#take(this.#decoder.write(this.#buffer.subarray(0, size)));
      }
    } catch {
      // EAGAIN: there is no more.
    }
  }

  /** Makes whoever writes wait, or lets them go on. */
  hold(held: boolean): void {
    if (held) this.#socket.pause();
    else if (this.#socket.isPaused()) this.#socket.resume();
  }
}
