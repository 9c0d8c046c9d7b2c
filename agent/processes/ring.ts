import { closeSync, constants, readSync, writeSync } from 'node:fs';
import type { Caller } from '../users/passwd.ts';
import { openShared } from './shared-files.ts';

/** Where the fields are: agent/init/PROTOCOL.md. */
const field = { capacity: 8, head: 16, tail: 24, stdout: 32, stderr: 40, want: 48, hold: 56 } as const;
const headerBytes = 64;
/** Where the fields of marks are, which come behind the others. */
const marksBytes = 32;
const dataStart = 4096;
const recordHeaderBytes = 32;
const maxRecordBytes = 128 * 1024 + recordHeaderBytes;
/** Read at once: enough for the largest record, and for a fast writer. */
const batchBytes = 512 * 1024;
/** Less than this is cheaper to allocate than to keep room for. */
const smallBytes = 32 * 1024;
/** Reads that are overtaken by the writer, one after the other, before the reader pauses. */
const mostTries = 100;
/** Value of `hold` that says that nobody holds the writer back. */
const nobody = 0xffff_ffff_ffff_ffffn;

/** A piece of output as the runner read it from a pipe. */
export interface OutputRecord {
  stream: 'stdout' | 'stderr';
  /** When it was read, ms since the epoch. */
  time: number;
  /** Bytes of both streams before it. */
  position: number;
  /** Bytes of its own stream before it. */
  offset: number;
  data: Buffer;
}

/** What the ring holds at one moment. */
export interface RingState {
  capacity: number;
  head: number;
  tail: number;
  /** Bytes of each stream written so far. */
  stdout: number;
  stderr: number;
  /** Ring position of the reader that holds the writer back, undefined: nobody. */
  hold: number | undefined;
}

/** What the runner said last of the orders `mark` and `signal new`. */
export interface Marks {
  /** Number of the last mark, 0 before the first. */
  mark: number;
  /** Bytes of both streams before it. */
  markedAt: number;
  /** How many `signal new` were obeyed, and how many newcomers the last one has found. */
  counts: number;
  left: number;
}

/** Thrown into a reader when what it reads was forgotten to make room. */
export class RingClosed extends Error {
  constructor() {
    super('the output that was read here has been forgotten');
    this.name = 'RingClosed';
  }
}

/** The file of numbered, bounded output that `init run` writes and any number of readers read, each at its own pace. */
export class Ring {
  #fd: number | undefined;
  readonly #header = Buffer.alloc(headerBytes);

  /** Opens the ring in a command's directory, which `owner`'s runner has made unless root's has. @throws ENOENT when there is none (yet). */
  constructor(dir: string, owner?: Caller) {
    this.#fd = openShared(dir, 'ring', constants.O_RDWR, owner);
  }

  state(): RingState {
    readSync(this.#open, this.#header, 0, headerBytes, 0);
    const hold = this.#header.readBigUInt64LE(field.hold);
    return {
      capacity: this.#number(field.capacity),
      head: this.#number(field.head),
      tail: this.#number(field.tail),
      stdout: this.#number(field.stdout),
      stderr: this.#number(field.stderr),
      hold: hold === nobody ? undefined : Number(hold),
    };
  }

  marks(): Marks {
    const bytes = Buffer.alloc(marksBytes);
    readSync(this.#open, bytes, 0, marksBytes, headerBytes);
    const [mark, markedAt, counts, left] = [0, 8, 16, 24].map((at) => Number(bytes.readBigUInt64LE(at)));
    return { mark: mark!, markedAt: markedAt!, counts: counts!, left: left! };
  }

  /** Asks for the bell at the next append. Read `state().head` again after it, before waiting. */
  askForBell(): void {
    this.#write(field.want, 1n);
  }

  /** Says how far the holder has read; undefined: nobody holds any longer. The runner looks when `ctl` tells it to. */
  setHold(position: number | undefined): void {
    this.#write(field.hold, position === undefined ? nobody : BigInt(position));
  }

  /**
   * Whole records from a ring position on, at most half a MiB of them. Where the position has been given up already,
   * reading starts at the oldest record there is. `scratch` is where many bytes are put, until the next read with it.
   */
  read(from: number, scratch = new Scratch()): { records: OutputRecord[]; next: number; head: number } {
    for (let tries = 1; ; tries += 1) {
      const { head, tail } = this.state();
      // Looked up after the head: it may have grown for what the head now includes.
      const { capacity } = this.state();
      const start = Math.max(from, tail);
      const length = Math.min(head - start, batchBytes);
      // Nobody writes faster than this reads for so long, but whose ring it is may pretend to.
      if (length <= 0 || tries > mostTries) return { records: [], next: start, head };
      const bytes = this.#bytes(start, length, capacity, scratch);
      // The runner moves tail before it writes over a record: what lies before tail now can't be trusted, the rest can.
      const lost = Math.max(0, this.state().tail - start);
      if (lost >= length) continue;
      const { records, consumed } = parse(bytes.subarray(lost));
      return { records, next: start + lost + consumed, head };
    }
  }

  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }

  /** The number of a closed descriptor is given to the next file that is opened: it must never be used again. */
  get #open(): number {
    if (this.#fd === undefined) throw new RingClosed();
    return this.#fd;
  }

  #bytes(start: number, length: number, capacity: number, scratch: Scratch): Buffer {
    const bytes = scratch.take(length);
    const place = start % capacity;
    const beforeEnd = Math.min(length, capacity - place);
    readSync(this.#open, bytes, 0, beforeEnd, dataStart + place);
    if (beforeEnd < length) readSync(this.#open, bytes, beforeEnd, length - beforeEnd, dataStart);
    return bytes;
  }

  #number(offset: number): number {
    return Number(this.#header.readBigUInt64LE(offset));
  }

  #write(offset: number, value: bigint): void {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64LE(value);
    writeSync(this.#open, bytes, 0, 8, offset);
  }
}

/** Memory that one reader uses over and over: what is allocated for each read is garbage faster than it is collected. */
export class Scratch {
  #bytes: Buffer | undefined;

  take(length: number): Buffer {
    if (length <= smallBytes) return Buffer.allocUnsafe(length);
    this.#bytes ??= Buffer.allocUnsafeSlow(batchBytes);
    return this.#bytes.subarray(0, length);
  }

  /** Gives it back, for a reader that waits. */
  drop(): void {
    this.#bytes = undefined;
  }
}

function parse(bytes: Buffer): { records: OutputRecord[]; consumed: number } {
  const records: OutputRecord[] = [];
  let at = 0;
  while (at + recordHeaderBytes <= bytes.length) {
    const payload = bytes.readUInt32LE(at);
    const end = at + recordHeaderBytes + payload;
    if (payload > maxRecordBytes) throw new Error(`a record in the ring claims ${payload} bytes`);
    if (end > bytes.length) break;
    records.push({
      stream: bytes.readUInt32LE(at + 4) === 2 ? 'stderr' : 'stdout',
      time: Number(bytes.readBigUInt64LE(at + 8)),
      position: Number(bytes.readBigUInt64LE(at + 16)),
      offset: Number(bytes.readBigUInt64LE(at + 24)),
      data: bytes.subarray(at + recordHeaderBytes, end),
    });
    at = end;
  }
  return { records, consumed: at };
}
