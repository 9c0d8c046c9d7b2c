import { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { ApiError } from '../../shared/api/errors.ts';
import type { Caller } from '../users/passwd.ts';

/** Where init put its end of the conversation (agent/init/PROTOCOL.md). */
const initDescriptor = 3;
/** Longer lines are passed over without an answer. */
const maxLineBytes = 16 * 1024 - 1;

/** The user's main process, which init starts when the agent tells it to, and which ends the sandbox when it ends. */
export class Entrypoint {
  readonly #socket: Socket | undefined;
  /** Who waits for an answer, in the order of the questions; undefined is the answer when init has hung up. */
  readonly #waiting: ((line: string | undefined) => void)[] = [];

  /** `supervised`: false where no init is above this agent; then there is no entrypoint to start. */
  constructor(supervised: boolean) {
    if (!supervised) return;
    this.#socket = new Socket({ fd: initDescriptor, readable: true, writable: true });
    this.#socket.unref();
    // Its end follows, which is what there is to say about it.
    this.#socket.on('error', () => {});
    this.#socket.once('close', () => {
      for (const answer of this.#waiting.splice(0)) answer(undefined);
    });
    createInterface({ input: this.#socket })
      .on('line', (line) => this.#waiting.shift()?.(line))
      .on('error', () => {});
  }

  /** Starts it as `caller`; a second time just answers. Returns its pid in the sandbox. @throws ApiError `ENTRYPOINT_FAILED` */
  async start(caller: Caller): Promise<number> {
    // Whoever is not root keeps the groups there are.
    const groups = process.geteuid?.() === 0 && caller.groups.length > 0 ? caller.groups.join(',') : '-';
    const [word, ...rest] = (await this.#ask(`go ${caller.uid} ${caller.gid} ${groups} ${caller.home}`)).split(' ');
    if (word === 'started') return Number(rest[0]);
    throw new ApiError('ENTRYPOINT_FAILED', `The entrypoint could not be started: ${rest.slice(1).join(' ')}`);
  }

  /** Has init start another one than its command line says, as a file has it. @throws ApiError `ENTRYPOINT_FAILED` */
  async claim(file: string): Promise<void> {
    const answer = await this.#ask(`claim ${file}`);
    if (answer !== 'claimed') throw new ApiError('ENTRYPOINT_FAILED', `The claim could not be taken: ${answer}`);
  }

  /** What this start of the container is told apart by from any other. */
  born(): Promise<string> {
    return this.#ask('born');
  }

  /** Its pid, undefined while it waits to be started. */
  async pid(): Promise<number | undefined> {
    const [word, pid] = (await this.#ask('status')).split(' ');
    return word === 'started' ? Number(pid) : undefined;
  }

  close(): void {
    this.#socket?.destroy();
  }

  /** One line there, one line back; init answers in order. */
  async #ask(question: string): Promise<string> {
    const socket = this.#socket;
    if (!socket)
      throw new ApiError('NOT_SUPPORTED', 'This agent runs without init, so there is no entrypoint to start.');
    if (Buffer.byteLength(question) >= maxLineBytes)
      throw new ApiError(
        'ENTRYPOINT_FAILED',
        'The user of the entrypoint has more groups, or a longer home, than init takes.',
      );
    const line = await new Promise<string | undefined>((resolve) => {
      if (socket.destroyed) return resolve(undefined);
      this.#waiting.push(resolve);
      socket.write(`${question}\n`);
    });
    if (line !== undefined) return line;
    throw new ApiError(
      'ENTRYPOINT_FAILED',
      'init has hung up on this agent; whether the entrypoint runs is not known.',
    );
  }
}
