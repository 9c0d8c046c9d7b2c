import type { TextKind } from './text-kind.ts';

/**
 * A text as a file has its lines: models write `\n`, whatever they have read. In a file whose lines all end with CRLF, that is what
 * `\n` stands for, unless the text has CRs of its own.
 */
export function withLineEndsOf(file: Buffer, text: string, { encoding }: TextKind): string {
  if (!text.includes('\n') || text.includes('\r')) return text;
  return endsWithCrlf(new TextDecoder(encoding).decode(file)) ? text.replaceAll('\n', '\r\n') : text;
}

function endsWithCrlf(text: string): boolean {
  return text.includes('\r\n') && !/(?<!\r)\n/.test(text);
}
