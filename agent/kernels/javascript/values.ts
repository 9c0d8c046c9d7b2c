import { inspect } from 'node:util';
import type { CellError, MimeBundle } from '../output.ts';

/** By this method an object says what it looks like; Deno's kernel introduced it. */
const displayMethod = Symbol.for('Jupyter.display');

/** A value as it is shown: in the forms that it gives of itself, as text otherwise. */
export async function bundleOf(value: unknown): Promise<MimeBundle> {
  const method = (value as Record<symbol, unknown> | null | undefined)?.[displayMethod];
  if (typeof method === 'function') return (await method.call(value)) as MimeBundle;
  return { 'text/plain': inspect(value) };
}

/** What code threw, with the part of its stack that is the user's own. `position` is known of syntax errors only. */
export function errorOf(thrown: unknown, cell: string, position?: string): CellError {
  if (!(thrown instanceof Error)) return { ename: 'Uncaught', evalue: inspect(thrown), traceback: [inspect(thrown)] };
  const lines = inspect(thrown)
    .split('\n')
    .filter((line) => !isOwnFrame(line));
  if (position && thrown.name === 'SyntaxError') lines.push(`    at ${cell}:${position}`);
  return { ename: thrown.name, evalue: thrown.message, traceback: lines };
}

/** What an interrupted cell ends with; called as Python calls it, since that is what clients look for. */
export function interrupted(cell: string): CellError {
  const evalue = 'The cell was interrupted.';
  return { ename: 'KeyboardInterrupt', evalue, traceback: [`KeyboardInterrupt: ${evalue}`, `    at ${cell}`] };
}

/** A frame of this program, or of Node's on the way from it to the cell. */
function isOwnFrame(line: string): boolean {
  if (/^\s+\.\.\. \d+ lines matching cause stack trace \.\.\.$/.test(line)) return true;
  return /^\s+at /.test(line) && (line.includes(__filename) || /\bnode:(inspector|events|internal\/)/.test(line));
}
