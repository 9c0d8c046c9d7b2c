import { realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Caller } from '../users/passwd.ts';
import { withRights } from '../users/rights.ts';
import { findProgram, isProgram } from './programs.ts';

/** How java/Cells.java is run. One thread compiles what runs briefly; its heap holds no cells. */
export const javaSpec = {
  name: 'jshell',
  displayName: 'Java',
  language: 'java',
  protocol: 'lines',
  argv: ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '{launchers}/Cells.java'],
} as const;

/** The `java` of a JDK, which has JShell and can run a source file; a JRE has neither. */
export function javaWithJshell(env: Record<string, string>, caller: Caller): string | undefined {
  const java = findProgram('java', env, caller);
  if (!java) return undefined;
  try {
    const home = withRights(caller, () => dirname(realpathSync(java)));
    return ['jshell', 'javac'].every((name) => isProgram(join(home, name), caller)) ? java : undefined;
  } catch {
    return undefined;
  }
}
