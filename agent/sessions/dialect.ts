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
  /** Typed in case a report was not made: makes it if so. */
  reportAgain(dir: string, number: number): string;
  /** The file `start`: what comes before the command, and the command's file `script`. */
  start(dir: string, before: Before): string;
  /** The file `script`. */
  script(command: string, before: Before): string;
}

/** What a run is to find. */
export interface Before {
  number: number;
  cwd?: string | undefined;
  envs: Record<string, string>;
  /** Variables for this run alone; behind it they are what they were. */
  lent: Record<string, string>;
  /** `$?` and `$-` after the run before. */
  status: number;
  flags: string;
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

/** Says in the file `end` how a run went. `builtin` is what keeps others from taking the place of printf. */
export function say(builtin: string, dir: string, number: number): string {
  return `${builtin} printf '%s %s %s %s\\0' ${number} "$?" "$-" "\${PWD-}" >|${quote(`${dir}/end`)}`;
}

/** The same, unless the file has it already: the code in a report that comes second is that of something else. */
export function sayOnce(builtin: string, dir: string, number: number): string {
  const said = `$(${builtin} read -r said <${quote(`${dir}/end`)}; ${builtin} printf '%s' "$said")`;
  return `case "${said}" in '${number} '*) ;; *) ${say(builtin, dir, number)};; esac`;
}

/** What sets variables, behind `export`. */
export function assignments(envs: Record<string, string>): string {
  return Object.entries(envs)
    .map(([name, value]) => `${name}=${quote(value)}`)
    .join(' ');
}

/**
 * Turns tracing on as it was, on the command's first line, so that lines keep their numbers. `$?` is as before, except where errexit
 * would take that for a failure.
 */
export function traced(builtin: string, command: string, { flags, status }: Before): string {
  const on = [...flags].filter((flag) => flag === 'x' || flag === 'v').join('');
  if (!on) return `${command}\n`;
  const code = status && !flags.includes('e') ? `; (${builtin}exit ${status})` : '';
  return `{ ${builtin}set -${on}${code}; } 2>/dev/null; ${command}\n`;
}
