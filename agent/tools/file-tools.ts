import type { Implemented } from './implemented.ts';

/** The tools about files, with what does them. */
export function fileTools(): Implemented[] {
  return [];
}
