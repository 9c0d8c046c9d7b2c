import { edit } from './files/edit.ts';
import { list } from './files/list.ts';
import { move } from './files/move.ts';
import { read } from './files/read.ts';
import { rename } from './files/rename.ts';
import { write } from './files/write.ts';
import type { Implemented } from './implemented.ts';

/** The tools about files, with what does them. */
export const fileTools: Implemented[] = [list, read, write, edit, move, rename];
