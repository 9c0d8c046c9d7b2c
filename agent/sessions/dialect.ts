/** How a shell that runs one thing after another is told what to do: what differs between bash and other shells. */
export interface Dialect {
  /** Options behind the words that call it. */
  options: string[];
  /** The signal by which it goes back to reading what is typed. */
  interrupt: number;
  /** Written beside the shell when it is started, by name. */
  files(dir: string): Record<string, string>;
  /** Typed first. `restores`: there is a file `restore` with the state of a shell before it, which has `exited` by itself, or has not. */
  prepare(dir: string, restores?: { exited: boolean }): string;
  /** Typed to run the file `start`. */
  run(dir: string): string;
  /** Typed behind a run: says in the file `end` how it went, and puts the state into the file `state`. */
  report(dir: string, number: number): string;
  /** The file `start`: what comes before the command, and the command's file `script`. */
  start(dir: string, before: Before): string;
  /** The file `script`. `flags`: the shell's `$-` after the run before. */
  script(command: string, flags: string): string;
}

/** What a run is to find. */
export interface Before {
  number: number;
  cwd?: string | undefined;
  envs: Record<string, string>;
  /** `$?` */
  status: number;
}

/** Last line of a state that was written to its end. */
export const wholeLine = '# whole\n';

/** KiB that the state of a shell may be; a larger one is not kept. */
export const stateKiB = 1024;

/** Name of the file that keeps a run from beginning: it was told to end before the shell came to it. */
export function stopFile(number: number): string {
  return `stop.${number}`;
}

/** One word for a shell, whatever it holds. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** Text of those lines that there are. */
export function lines(...parts: (string | false | undefined)[]): string {
  return parts
    .filter((part) => part)
    .map((part) => `${part}\n`)
    .join('');
}

/** What sets variables, behind `export`. */
export function assignments(envs: Record<string, string>): string {
  return Object.entries(envs)
    .map(([name, value]) => `${name}=${quote(value)}`)
    .join(' ');
}

/** Turns tracing on as it was, on the command's first line, so that lines keep their numbers. */
export function traced(set: string, flags: string, command: string): string {
  const on = [...flags].filter((flag) => flag === 'x' || flag === 'v').join('');
  return `${on ? `${set} -${on}; ` : ''}${command}\n`;
}
