import type { RequestPath } from '../../files/path.ts';
import type { Expression } from './expression.ts';
import type { Findings } from './findings.ts';

/** A search in files, as both that can do it understand it. */
export interface GrepRequest {
  root: RequestPath;
  /** That is no directory. */
  isFile: boolean;
  expression: Expression;
  /** `-i`. */
  ignoreCase: boolean;
  multiline: boolean;
  around: { before: number; after: number };
  /** Of names or paths; with `!` in front, of those to leave out. */
  glob: string | undefined;
  /** Extensions of files; undefined: of all. */
  extensions: string[] | undefined;
  /** Levels of directories. */
  depth: number | undefined;
  findings: Findings;
  signal: AbortSignal;
}
