import type { Edge } from './edge.ts';

/** One word of the command line, or two. */
export interface Command {
  name: string;
  /** What stands after the name, as `[--force] [FILE]`. */
  synopsis: string;
  /** One line. */
  summary: string;
  /** What it can do, each a word that stands after its name; `run` is for when none does. */
  commands?: readonly Command[];
  /** Further lines for `cubby help NAME`. */
  details?(): string;
  /** Does it, and gives the exit code. */
  run(args: readonly string[], edge: Edge): Promise<number>;
}
