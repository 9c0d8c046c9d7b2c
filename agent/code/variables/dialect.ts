/** Variables by name; null: there is none of that name. */
export type Changes = Record<string, string | null>;

/**
 * How a language changes the environment of its own process, so that what it starts has it, too: as code that puts out nothing
 * and leaves no name behind.
 */
export interface Dialect {
  /** Why a variable can't have that name; undefined when it can. */
  refuses?(name: string): string | undefined;
  /** Changes them for good. */
  change(changes: Changes): string;
  /** Sets them until `restore`, which needs to know their names only. */
  set(variables: Record<string, string>): string;
  /** Puts back what there was. Run again, it goes on where it was broken off. */
  restore(names: string[]): string;
}
