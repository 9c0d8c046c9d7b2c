import { createContext, Script } from 'node:vm';

/** Says that something took longer than it may. */
export class TookTooLong extends Error {}

let script: Script | undefined;

/**
 * Runs something that might never end, as a regular expression of somebody else's does on some text: a script's time limit is the
 * only way to interrupt one. @throws TookTooLong after `ms`
 */
export function withinTime<T>(ms: number, run: () => T): T {
  let result: T;
  const task = () => {
    result = run();
  };
  const context = createContext({ task: { run: task } });
  try {
    script ??= new Script('task.run()');
    script.runInContext(context, { timeout: Math.max(1, Math.ceil(ms)) });
    return result!;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
    throw new TookTooLong(`it took longer than ${ms} ms`);
  }
}
