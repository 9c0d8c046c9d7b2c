import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CommandStatus } from '../../shared/api/commands.ts';
import { afterLiving } from '../processes/living.ts';
import type { RunningProcess } from '../processes/process.ts';
import type { EndStatus } from '../processes/status.ts';

/** What is kept of a command beside its process, so that a new agent knows it too. */
export interface CommandRecord {
  content: string;
  background: boolean;
  /** ms since the epoch. */
  startedAt: number;
}

/** A reader that the writer waits for. */
export interface Hold {
  /** Says how far it has come in the ring. */
  reached(ringPosition: number): void;
  /**
   * It is gone. With `all` it has got everything: nobody waits for what descendants still write. Without, the writer waits on for
   * a grace, so that the reader can come back and has missed nothing.
   */
  release(all: boolean): void;
}

/** File in the process's directory that makes it a command's. */
export const recordFile = 'command.json';

/** One run of a shell command. */
export class Command {
  readonly process: RunningProcess;
  readonly record: CommandRecord;
  /** Readers that hold the writer back, in the order in which they came; it waits for the newest. */
  readonly #holders = new Set<symbol>();
  #callOffGrace = () => {};
  readonly #graceMs: number;

  constructor(process: RunningProcess, record: CommandRecord, graceMs: number) {
    this.process = process;
    this.record = record;
    this.#graceMs = graceMs;
    // Held from its start, or by the caller of an earlier agent: somebody has to come for it in time.
    if (process.ring.state().hold !== undefined) this.#startGrace();
  }

  get id(): string {
    return this.process.id;
  }

  get startedAt(): number {
    return this.record.startedAt;
  }

  /**
   * Makes one reader the one that the writer waits for, in place of an earlier one: that is most likely the same reader over
   * a connection that is dead already. It has its place back when the newer one goes first.
   */
  hold(): Hold {
    const holder = Symbol('holder');
    const isNewest = () => [...this.#holders].at(-1) === holder;
    this.#holders.add(holder);
    this.#callOffGrace();
    return {
      reached: (ringPosition) => {
        if (isNewest()) this.process.hold(ringPosition);
      },
      release: (all) => {
        if (all && isNewest()) this.process.hold(undefined);
        this.#holders.delete(holder);
        if (!all && this.#holders.size === 0) this.#startGrace();
      },
    };
  }

  /** True while the writer waits for a reader, or for one to come back. */
  get isHeld(): boolean {
    return this.process.ring.state().hold !== undefined;
  }

  status(): CommandStatus {
    const { status, ring } = this.process;
    const { stdout, stderr } = ring.state();
    return {
      id: this.id,
      content: this.record.content,
      running: status === undefined,
      started_at: new Date(this.startedAt).toISOString(),
      output_bytes: { stdout, stderr },
      ...(status && {
        exit_code: status.code,
        reason: status.reason,
        finished_at: new Date(status.ended).toISOString(),
        ...(status.reason === 'exited' ? {} : { error: describeEnd(status) }),
      }),
    };
  }

  close(): void {
    this.#callOffGrace();
    this.process.close();
  }

  #startGrace(): void {
    this.#callOffGrace();
    if (this.process.isClosed) return;
    this.#callOffGrace = afterLiving(this.#graceMs, () => this.process.hold(undefined));
  }
}

/** Puts the record beside the process before that exists. */
export function writeRecord(dir: string, record: CommandRecord): void {
  writeFileSync(join(dir, recordFile), JSON.stringify(record), { mode: 0o600 });
}

/** In words, how a process ended. */
export function describeEnd(status: EndStatus): string {
  switch (status.reason) {
    case 'exited':
      return `exit status ${status.code}`;
    case 'signaled':
      return `signal: ${signalName(status.signal)}`;
    case 'killed':
      return 'signal: terminated by an interrupt';
    case 'timeout':
      return 'signal: killed by its time-out';
    case 'failed':
      return status.error;
    case 'lost':
      return 'its runner was killed, so nobody saw how it ended';
  }
}

const signalNames: Record<number, string> = {
  1: 'hangup',
  2: 'interrupt',
  3: 'quit',
  6: 'aborted',
  9: 'killed',
  11: 'segmentation fault',
  13: 'broken pipe',
  15: 'terminated',
};

function signalName(number: number): string {
  return signalNames[number] ?? String(number);
}
