import type { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';

/** An exchange that goes on: whose it is, and how many bytes had come and gone when it was last looked at. */
interface Open {
  sandboxId: string;
  socket: Socket;
  bytes: number;
}

/**
 * Exchanges that are open with sandboxes. Each is a touch when it begins, which is not this one's business, and then for as
 * long as bytes move: a stream that is read, a terminal that is typed in. An open connection over which nothing comes is none.
 */
export class Activity {
  readonly #touch: (sandboxId: string) => void;
  readonly #everyMs: number;
  readonly #open = new Set<Open>();
  #timer: NodeJS.Timeout | undefined;

  constructor(touch: (sandboxId: string) => void, everyMs: number) {
    this.#touch = touch;
    this.#everyMs = everyMs;
  }

  /** Looks after an exchange with the client at `socket` until `end` emits `close`. */
  follow(sandboxId: string, socket: Socket, end: EventEmitter): void {
    const open = { sandboxId, socket, bytes: moved(socket) };
    this.#open.add(open);
    this.#timer ??= setInterval(() => this.#look(), this.#everyMs).unref();
    end.once('close', () => {
      this.#open.delete(open);
      if (this.#open.size === 0) this.close();
    });
  }

  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #look(): void {
    const touched = new Set<string>();
    for (const open of this.#open) {
      const bytes = moved(open.socket);
      if (bytes !== open.bytes) touched.add(open.sandboxId);
      open.bytes = bytes;
    }
    for (const id of touched) this.#touch(id);
  }
}

function moved(socket: Socket): number {
  return socket.bytesRead + socket.bytesWritten;
}
