import { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { ApiError } from '../../shared/api/errors.ts';
import type { Caller } from '../users/passwd.ts';

/** Where init put its end of the conversation (agent/init/PROTOCOL.md). */
const initDescriptor = 3;

/** The user's main process, which init starts when the agent tells it to, and which ends the sandbox when it ends. */
export class Entrypoint {
  readonly #socket: Socket | undefined;
  readonly #waiting: ((line: string) => void)[] = [];

  /** `supervised`: false where no init is above this agent; then there is no entrypoint to start. */
  constructor(supervised: boolean) {
    if (!supervised) return;
    this.#socket = new Socket({ fd: initDescriptor, readable: true, writable: true });
    this.#socket.unref();
    createInterface({ input: this.#socket }).on('line', (line) => this.#waiting.shift()?.(line));
  }

  /** Starts it as `caller`; a second time just answers. Returns its pid in the sandbox. @throws ApiError `ENTRYPOINT_FAILED` */
  async start(caller: Caller): Promise<number> {
    const groups = caller.groups.length > 0 ? caller.groups.join(',') : '-';
    const [word, ...rest] = (await this.#ask(`go ${caller.uid} ${caller.gid} ${groups} ${caller.home}`)).split(' ');
    if (word === 'started') return Number(rest[0]);
    throw new ApiError('ENTRYPOINT_FAILED', `The entrypoint could not be started: ${rest.slice(1).join(' ')}`);
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
  #ask(line: string): Promise<string> {
    const socket = this.#socket;
    if (!socket)
      throw new ApiError('NOT_SUPPORTED', 'This agent runs without init, so there is no entrypoint to start.');
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      socket.write(`${line}\n`);
    });
  }
}
