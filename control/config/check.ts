import type { Config } from './schema.ts';

/** Settings that contradict each other, or a setting that contradicts the machine. */
export interface Check {
  /** Names of the settings it looks at. It is left out when one of them has a problem already. */
  about: readonly string[];
  /** What was expected and found, or undefined when all is well. */
  find(config: Config, look: Look): string | undefined;
}

/** What a check may ask. */
export interface Look {
  /** A setting's value as it was written. */
  written(name: string): string;
  /** The bytes of a file, or why there are none, as `ENOENT`. */
  read(path: string): Uint8Array | string;
}
