import { edit } from './files/edit.ts';
import { describeExport } from './files/export.ts';
import { list } from './files/list.ts';
import { move } from './files/move.ts';
import { read } from './files/read.ts';
import { rename } from './files/rename.ts';
import { write } from './files/write.ts';
import type { Implemented } from './implemented.ts';
import { glob } from './search/glob.ts';
import { grepBy } from './search/grep.ts';
import { Ripgrep, type RipgrepOptions } from './search/ripgrep.ts';
import { search } from './search/search.ts';

/** The tools about files, with what does them. */
export function fileTools(options: RipgrepOptions): Implemented[] {
  return [list, read, write, edit, move, rename, search, glob, grepBy(new Ripgrep(options)), describeExport];
}
