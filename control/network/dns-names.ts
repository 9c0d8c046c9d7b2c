/** What stands for a byte in a name that no host's name has, a dot inside of a label among others. */
const odd = '?';

/** Pointers from one part of a name to the next; a name has 127 labels at most, and no server writes one pointer for each. */
const pointerLimit = 128;

/**
 * Reads a name from a message, following compression (RFC 1035, 4.1.4): in lower case, labels joined by dots, the root as
 * an empty text. Every byte that isn't a letter, a digit, `-` or `_` is shown as `?`, so that a label's end can't be forged.
 * @throws RangeError where the message ends too early, or a pointer doesn't lead back
 */
export function readName(message: Buffer, start: number): { name: string; end: number } {
  const labels: string[] = [];
  let [at, end, earliest, length, pointers] = [start, -1, start, 0, 0];
  for (;;) {
    const size = message.readUInt8(at);
    if (size >= 0xc0) {
      const target = message.readUInt16BE(at) & 0x3fff;
      if (end < 0) end = at + 2;
      // Only ever back: a pointer that leads to itself or forth would be followed for ever.
      pointers += 1;
      if (target >= earliest || pointers > pointerLimit) throw new RangeError('a compressed name that leads nowhere');
      at = target;
      earliest = target;
      continue;
    }
    length += size + 1;
    if (size > 63 || length > 255 || at + 1 + size > message.length) throw new RangeError('a name that has no end');
    if (size === 0) return { name: labels.join('.'), end: end < 0 ? at + 1 : end };
    labels.push(
      message
        .toString('latin1', at + 1, at + 1 + size)
        .toLowerCase()
        .replace(/[^a-z0-9_-]/g, odd),
    );
    at += 1 + size;
  }
}

/** True when every byte of a name that was read could be a host's. */
export function isPlainName(name: string): boolean {
  return name !== '' && !name.includes(odd);
}

/** A name as it is in a message, without compression. */
export function writeName(name: string): Buffer {
  const labels = name.split('.').filter((label) => label !== '');
  return Buffer.concat([
    ...labels.flatMap((label) => [Buffer.from([label.length]), Buffer.from(label)]),
    Buffer.alloc(1),
  ]);
}
