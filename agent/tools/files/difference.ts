import type { z } from 'zod';
import type { editLocalFile } from '../../../shared/api/tools/edit-local-file.ts';
import { mostCharacters } from '../../../shared/api/tools/read-local-file.ts';
import type { TextKind } from './text-kind.ts';

type Result = z.input<typeof editLocalFile.result>;

/** Milliseconds: two texts may have nothing in common. */
const patience = 500;

/** What has changed in a file: a unified diff with three lines around each change. */
export async function difference(
  path: string,
  before: Buffer,
  after: Buffer,
  { encoding }: TextKind,
): Promise<Pick<Result, 'diffText' | 'linesAdded' | 'linesDeleted' | 'notice'>> {
  const { formatPatch, structuredPatch } = await import('diff');
  const text = (bytes: Buffer) => new TextDecoder(encoding).decode(bytes);
  const [old, now] = [text(before), text(after)];
  const name = path.replace(/^\//, '');
  const options = { context: 3, timeout: patience };
  const patch = structuredPatch(`a/${name}`, `b/${name}`, old, now, undefined, undefined, options);
  if (!patch) {
    const notice = 'The change is too large to be shown as a diff.';
    return { diffText: '', linesAdded: linesOf(now), linesDeleted: linesOf(old), notice };
  }
  const lines = patch.hunks.flatMap((hunk) => hunk.lines);
  const count = (sign: string) => lines.filter((line) => line.startsWith(sign)).length;
  const diff = formatPatch(patch);
  const whole = diff.length <= mostCharacters;
  const end = whole ? diff.length : diff.lastIndexOf('\n', mostCharacters) + 1;
  return {
    diffText: diff.slice(0, end || mostCharacters),
    linesAdded: count('+'),
    linesDeleted: count('-'),
    ...(!whole && { notice: `The diff has ${diff.length} characters and is cut; the change itself is whole.` }),
  };
}

function linesOf(text: string): number {
  return text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
}
