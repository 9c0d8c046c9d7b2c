import type { NativeSearch } from './native-file.ts';
import type { Surroundings } from './surroundings.ts';

/** Tells which of some whole lines match. Returns the number of the line behind them. */
export function lineMatches(
  text: string,
  firstNumber: number,
  { expression, multiline }: Pick<NativeSearch, 'expression' | 'multiline'>,
  around: Surroundings,
): number {
  const { native, screen } = expression;
  if (screen && !around.areWanted && !screen.test(text)) return firstNumber + newlinesIn(text);
  const matching = multiline ? linesOfMatches(text, native!) : undefined;
  let lineNumber = firstNumber;
  for (let start = 0; start < text.length; lineNumber += 1) {
    const newline = text.indexOf('\n', start);
    const end = newline === -1 ? text.length : newline;
    const line = text.slice(start, text[end - 1] === '\r' && end > start ? end - 1 : end);
    around.take(lineNumber, line, matching ? matching.has(start) : native!.test(line));
    start = end + 1;
  }
  return lineNumber;
}

/** Where the lines begin that matches are in. */
function linesOfMatches(text: string, expression: RegExp): Set<number> {
  const starts = new Set<number>();
  for (const { 0: match, index } of text.matchAll(expression)) {
    // Behind the last newline there is no line.
    if (index === text.length && text.endsWith('\n')) continue;
    const last = Math.max(index, index + match.length - 1);
    for (let at = text.lastIndexOf('\n', index - 1) + 1; at <= last; at = text.indexOf('\n', at) + 1) {
      starts.add(at);
      if (text.indexOf('\n', at) === -1) break;
    }
  }
  return starts;
}

function newlinesIn(text: string): number {
  let count = 0;
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) count += 1;
  return count;
}
