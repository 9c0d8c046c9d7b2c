import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const nobody = 0xffff_ffff_ffff_ffffn;

/** Header fields of a ring, as PROTOCOL.md numbers them. */
export interface Header {
  capacity: number;
  head: number;
  tail: number;
  stdout: number;
  stderr: number;
  want: number;
}

export interface Record {
  stream: 1 | 2;
  position: number;
  own: number;
  payload: Buffer;
}

/** Reads a ring as PROTOCOL.md says that one may, apart from the agent's code and stricter: anything odd throws. */
export class OutputReader {
  readonly #fd: number;
  at = 0;
  /** Ring bytes that were given up before this reader came to them. */
  missed = 0;

  constructor(dir: string) {
    this.#fd = openSync(join(dir, 'ring'), 'r+');
    const magic = this.#bytes(0, 8).toString();
    if (magic !== 'cubring1') throw new Error(`not a ring: ${magic}`);
  }

  header(): Header {
    // Head before the rest: a capacity that was read later belongs to every record before this head.
    const head = this.#field(16);
    const [capacity, tail, stdout, stderr, want] = [8, 24, 32, 40, 48].map((offset) => this.#field(offset)) as [
      number,
      number,
      number,
      number,
      number,
    ];
    return { capacity, head, tail, stdout, stderr, want };
  }

  /** The last mark, and what the last `signal new` has found. */
  marks(): { mark: number; markedAt: number; counts: number; left: number } {
    const [mark, counts] = [this.#field(64), this.#field(80)];
    return { mark, markedAt: this.#field(72), counts, left: this.#field(88) };
  }

  /** The next record, undefined when there is none yet. */
  next(): Record | undefined {
    for (;;) {
      const { head, tail, capacity } = this.header();
      if (this.at < tail) {
        this.missed += tail - this.at;
        this.at = tail;
      }
      if (this.at >= head) return undefined;
      const bytes = this.#around(this.at, 32, capacity);
      // Only what was not given up while it was read is what it looks like.
      if (this.#field(24) > this.at) continue;
      const payload = this.#around(this.at + 32, bytes.readUInt32LE(0), capacity);
      if (this.#field(24) > this.at) continue;
      const stream = bytes.readUInt32LE(4);
      const age = Date.now() - Number(bytes.readBigUInt64LE(8));
      if ((stream !== 1 && stream !== 2) || Math.abs(age) > 600_000 || payload.length === 0)
        throw new Error(`bad record at ${this.at}: ${bytes.toString('hex')}`);
      this.at += 32 + payload.length;
      return { stream, position: Number(bytes.readBigUInt64LE(16)), own: Number(bytes.readBigUInt64LE(24)), payload };
    }
  }

  all(): Record[] {
    const records: Record[] = [];
    for (let record = this.next(); record; record = this.next()) records.push(record);
    return records;
  }

  want(): void {
    this.#write(48, 1n);
  }

  hold(position: number | undefined): void {
    this.#write(56, position === undefined ? nobody : BigInt(position));
  }

  close(): void {
    closeSync(this.#fd);
  }

  #around(position: number, length: number, capacity: number): Buffer {
    const place = position % capacity;
    const first = Math.min(length, capacity - place);
    return Buffer.concat([this.#bytes(4096 + place, first), this.#bytes(4096, length - first)]);
  }

  #field(offset: number): number {
    return Number(this.#bytes(offset, 8).readBigUInt64LE());
  }

  #bytes(offset: number, length: number): Buffer {
    const bytes = Buffer.alloc(length);
    const got = readSync(this.#fd, bytes, 0, length, offset);
    if (got !== length) throw new Error(`the ring's file ends at ${offset + got}`);
    return bytes;
  }

  #write(offset: number, value: bigint): void {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64LE(value);
    writeSync(this.#fd, bytes, 0, 8, offset);
  }
}
