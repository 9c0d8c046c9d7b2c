import type { WebSocket } from 'ws';
import type { TerminalErrorCode, TerminalNotice } from '../../shared/api/terminals.ts';
import { ReaderGone } from '../../shared/http/stream.ts';
import { Heartbeat } from './heartbeat.ts';
import { type ClientMessage, InvalidFrame, parseMessage } from './messages.ts';

/** A client has so long to take the last words, and when the agent ends. */
const lastWordsMs = 10_000;
const hurriedMs = 1000;
/** Larger messages go in parts, between which there is room for a ping. */
const partBytes = 32 * 1024;

/** The WebSocket of one client of a terminal. */
export class Client {
  readonly #socket: WebSocket;
  readonly #heartbeat: Heartbeat;
  readonly #gone = new AbortController();
  /** Settles when everything given so far is with the kernel. */
  #written: Promise<unknown> = Promise.resolve();

  /** Nothing is read of what it sends before `listen`. */
  constructor(socket: WebSocket, { pingMs, closing }: { pingMs: number; closing: AbortSignal }) {
    this.#socket = socket;
    this.#heartbeat = new Heartbeat(socket, pingMs);
    const shut = () => this.close(1001, 'the agent ends', hurriedMs);
    closing.addEventListener('abort', shut);
    socket.once('close', () => {
      closing.removeEventListener('abort', shut);
      this.#heartbeat.stop();
      this.#gone.abort();
    });
    // `close` follows, and says it for every way to end.
    socket.on('error', () => undefined);
    socket.pause();
    if (closing.aborted) shut();
  }

  /** Aborted when it is gone, or told to go. */
  get signal(): AbortSignal {
    return this.#gone.signal;
  }

  /** Reads messages from now on, one after the other: none while `take` is busy with one. */
  listen(take: (message: ClientMessage) => Promise<void> | void): void {
    let last = Promise.resolve();
    this.#socket.on('message', (data, isBinary) => {
      this.#heartbeat.beat();
      this.#socket.pause();
      const mine = last.then(() => this.#take(data as Buffer, isBinary, take));
      last = mine;
      void mine.then(() => {
        if (last === mine) this.#socket.resume();
      });
    });
    this.#socket.resume();
  }

  /** Sends a binary frame; resolves when it is with the kernel. @throws ReaderGone */
  send(frame: Buffer): Promise<void> {
    return this.#inTurn(async () => {
      for (let at = 0; at === 0 || at < frame.length; at += partBytes) {
        await this.#send(frame.subarray(at, at + partBytes), { binary: true, fin: at + partBytes >= frame.length });
      }
    });
  }

  /** Sends a text frame. @throws ReaderGone */
  tell(notice: TerminalNotice): Promise<void> {
    return this.#inTurn(() => this.#send(JSON.stringify(notice), { binary: false }));
  }

  /** Tells what went wrong; whoever is gone needs not know. */
  async complain(code: TerminalErrorCode, error: string): Promise<void> {
    await this.tell({ type: 'error', code, error }).catch(() => undefined);
  }

  /** Tells why it can't go on, and ends the connection. */
  async fail(code: TerminalErrorCode, error: string): Promise<void> {
    await this.complain(code, error);
    this.close(code === 'SESSION_GONE' ? 1000 : 1011, code);
  }

  /** Ends the connection, behind what was sent already: that still arrives, if it doesn't take longer than `ms`. */
  close(code: number, reason: string, ms = lastWordsMs): void {
    this.#gone.abort();
    this.#socket.resume();
    void this.#written.then(() => this.#socket.close(code, reason));
    const timer = setTimeout(() => this.#socket.terminate(), ms).unref();
    this.#socket.once('close', () => clearTimeout(timer));
  }

  /** Messages in parts must not get into each other. */
  #inTurn(write: () => Promise<void>): Promise<void> {
    const mine = this.#written.then(write);
    this.#written = mine.catch(() => undefined);
    return mine;
  }

  #send(data: Buffer | string, options: { binary: boolean; fin?: boolean }): Promise<void> {
    return new Promise((resolve, reject) => {
      let hadToWait = false;
      this.#socket.send(data, options, (error) => {
        if (error) return reject(new ReaderGone(error));
        // A full buffer of the kernel's has room again: somebody took what was in it.
        if (hadToWait) this.#heartbeat.beat();
        resolve();
      });
      hadToWait = this.#socket.bufferedAmount > 0;
    });
  }

  async #take(data: Buffer, isBinary: boolean, take: (message: ClientMessage) => Promise<void> | void): Promise<void> {
    if (this.signal.aborted) return;
    try {
      await take(parseMessage(data, isBinary));
    } catch (error) {
      if (error instanceof InvalidFrame) await this.complain('INVALID_FRAME', error.message);
      else await this.complain('RUNTIME_ERROR', 'The message could not be dealt with.');
    }
  }
}
