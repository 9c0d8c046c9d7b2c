import { createContext, Script } from 'node:vm';

/** A regular expression has taken longer than anybody waits. */
export class TookTooLong extends Error {}

/**
 * Runs work that matches regular expressions of others', which may take for ever (`(a*)*b`) and hold the event loop: a script's time
 * limit is the only way to interrupt one. @throws TookTooLong after so many milliseconds
 */
export function timeLimited(milliseconds: number): <T>(work: () => T) => T {
  const task: { run(): void } = { run: () => {} };
  const context = createContext({ task });
  const script = new Script('task.run()');
  return <T>(work: () => T) => {
    let result: T | undefined;
    task.run = () => {
      result = work();
    };
    try {
      script.runInContext(context, { timeout: milliseconds });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
      throw new TookTooLong();
    }
    return result as T;
  };
}
