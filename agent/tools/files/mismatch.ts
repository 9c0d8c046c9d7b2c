import { ApiError } from '../../../shared/api/errors.ts';
import type { RequestPath } from '../../files/path.ts';
import type { TextKind } from './text-kind.ts';

/** Lines that a message names. */
const mostNamed = 5;

/** The error for a text that isn't there, with where it may be meant. */
export function notFound(path: RequestPath, file: Buffer, search: string, { encoding }: TextKind): ApiError {
  const lines = new TextDecoder(encoding).decode(file).split('\n');
  const wanted = search.split('\n').map((line) => line.trim());
  const first = wanted.findIndex((line) => line !== '');
  const like = (line: string, index: number) => line.trim() === wanted[first + index];
  const candidates = first === -1 ? [] : [...lines.keys()].filter((at) => like(lines[at]!, 0));
  const close = candidates.find((at) => wanted.slice(first).every((_, index) => like(lines[at + index] ?? '', index)));
  const hint =
    close !== undefined
      ? ` Line ${close + 1} and what follows differs from it in white space alone.`
      : candidates.length > 0
        ? ` Its first line stands in ${named(candidates.map((at) => at + 1))}; what follows there is another.`
        : ' Read the file again: it may have changed.';
  return new ApiError('TEXT_NOT_FOUND', `${path.text.slice(0, 200)}: the text to replace is not in the file.${hint}`, {
    field: 'search',
    expected: 'text exactly as it stands in the file',
  });
}

/** The error for a text that is there more than once. */
export function notUnique(path: RequestPath, file: Buffer, positions: number[], { encoding }: TextKind): ApiError {
  const lines = linesAt(file, positions.slice(0, mostNamed + 1), encoding === 'utf-8' ? 1 : 2);
  const message = `${path.text.slice(0, 200)}: the text to replace is there ${positions.length} times, in ${named(lines)}.`;
  return new ApiError('TEXT_NOT_UNIQUE', message, {
    field: 'search',
    expected: 'text that is there once, with more of the lines around it, or all: true',
  });
}

/** Line numbers of places in a file. `unit`: bytes of a newline, the same in both byte orders. */
function linesAt(file: Buffer, positions: number[], unit: 1 | 2): number[] {
  const newline = unit === 1 ? '\n' : file[0] === 0xff ? '\n\0' : '\0\n';
  let line = 1;
  let from = 0;
  return positions.map((position) => {
    for (
      let at = file.indexOf(newline, from, 'latin1');
      at !== -1 && at < position;
      at = file.indexOf(newline, from, 'latin1')
    ) {
      line += 1;
      from = at + unit;
    }
    return line;
  });
}

function named(lines: number[]): string {
  const few = lines.slice(0, mostNamed).join(', ');
  return `line${lines.length > 1 ? 's' : ''} ${few}${lines.length > mostNamed ? ' and more' : ''}`;
}
