/** A stretch of a file. */
export interface ByteRange {
  start: number;
  /** At least 1. */
  length: number;
}

/**
 * Reads a `Range` header against a file of `size` bytes: the first range that the file has. Undefined means 416, which OpenSandbox
 * answers for what is no range as well.
 */
export function parseRange(header: string, size: number): ByteRange | undefined {
  const [unit, ranges = ''] = header.split('=', 2);
  if (unit !== 'bytes') return undefined;
  for (const range of ranges.split(',')) {
    const [, first, last] = /^\s*(\d*)\s*-\s*(\d*)\s*$/.exec(range) ?? [];
    if (first === undefined || last === undefined || (first === '' && last === '')) return undefined;
    // Digits without end are a number as well: Infinity, beyond any file.
    const start = first === '' ? Math.max(size - Number(last), 0) : Number(first);
    const end = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1);
    if (first !== '' && last !== '' && Number(last) < Number(first)) return undefined;
    if (start <= end) return { start, length: end - start + 1 };
  }
  return undefined;
}
