import type { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import type { Joined } from '../../shared/http/upgrade.ts';
import { WebSocketFrames } from './websocket-frames.ts';

/** An exchange that goes on: whose it is, and how many bytes had come and gone when it was last looked at. */
interface Open {
  sandboxId: string;
  socket: Socket;
  bytes: number;
  /** For how many ms nothing has moved. */
  silentMs: number;
  /** Called whenever bytes have moved. */
  moved: () => void;
  /** Until it calls this, it keeps its sandbox awake. */
  leave: () => void;
  /** After so many ms without a byte it does no longer. */
  mostSilentMs: number;
}

/** How an exchange counts. */
export interface Following {
  moved?: () => void;
  leave?: () => void;
  mostSilentMs?: number;
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
  follow(
    sandboxId: string,
    socket: Socket,
    end: EventEmitter,
    { moved: onMove = () => {}, leave = () => {}, mostSilentMs = Number.POSITIVE_INFINITY }: Following = {},
  ): void {
    const open = { sandboxId, socket, bytes: moved(socket), silentMs: 0, moved: onMove, leave, mostSilentMs };
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
      const hasMoved = bytes !== open.bytes;
      if (hasMoved) {
        touched.add(open.sandboxId);
        open.moved();
      }
      open.bytes = bytes;
      open.silentMs = hasMoved ? 0 : open.silentMs + this.#everyMs;
      if (open.silentMs >= open.mostSilentMs) open.leave();
    }
    for (const id of touched) this.#touch(id);
  }
}

/**
 * Calls back for whatever goes over a connection that speaks another protocol and says something. `isWebSocket`: pings don't.
 * `isSent`: it goes into the sandbox.
 */
export function listen(
  { client, receiver, sent, received }: Joined,
  isWebSocket: boolean,
  said: (isSent: boolean) => void,
): void {
  for (const [socket, first] of [
    [client, sent],
    [receiver, [received]],
  ] as const) {
    const frames = new WebSocketFrames();
    const take = (chunk: Buffer) => {
      if (isWebSocket ? frames.take(chunk) : chunk.length > 0) said(socket === client);
    };
    for (const chunk of first) take(chunk);
    socket.on('data', take);
  }
}

function moved(socket: Socket): number {
  return socket.bytesRead + socket.bytesWritten;
}
