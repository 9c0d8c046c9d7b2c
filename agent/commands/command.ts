import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CommandStatus } from '../../shared/api/commands.ts';
import { type Execution, type ExecutionEnd, lastEvent } from '../processes/execution.ts';
import { type Hold, Holders } from '../processes/holders.ts';
import type { RunningProcess } from '../processes/process.ts';
import { describeEnd } from '../processes/status.ts';

/** What is kept of a command beside its process, so that a new agent knows it too. */
export interface CommandRecord {
  content: string;
  background: boolean;
  /** ms since the epoch. */
  startedAt: number;
}

/** File in the process's directory that makes it a command's. */
export const recordFile = 'command.json';

/** One run of a shell command. */
export class Command implements Execution {
  readonly process: RunningProcess;
  readonly record: CommandRecord;
  readonly ended: Promise<ExecutionEnd>;
  readonly origin = { position: 0 };
  readonly #holders: Holders;

  constructor(process: RunningProcess, record: CommandRecord, graceMs: number) {
    this.process = process;
    this.record = record;
    this.#holders = new Holders(process, graceMs);
    this.ended = process.ended.then((status) => ({
      position: status.position,
      ended: status.ended,
      last: lastEvent(status, record.startedAt),
    }));
  }

  get id(): string {
    return this.process.id;
  }

  get startedAt(): number {
    return this.record.startedAt;
  }

  get output(): RunningProcess {
    return this.process;
  }

  /** See `Holders.hold`. */
  hold(): Hold {
    return this.#holders.hold();
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
    this.#holders.close();
    this.process.close();
  }
}

/** Puts the record beside the process before that exists. */
export function writeRecord(dir: string, record: CommandRecord): void {
  writeFileSync(join(dir, recordFile), JSON.stringify(record), { mode: 0o600 });
}
