import { escapeLineEnds } from '../../../shared/http/event-stream.ts';
import type { Spare } from '../spares.ts';

/**
 * Has a kernel that waited know where it works from now on, and what has changed in the environment of kernels since it was started.
 * False when it can't: it has died, or can't enter the directory.
 */
export async function claim(
  { kernel, env: before }: Spare,
  { cwd, env }: { cwd: string; env: Record<string, string> },
): Promise<boolean> {
  const gone = Object.keys(before).filter((name) => !Object.hasOwn(env, name));
  const changed = Object.entries(env).filter(([name, value]) => before[name] !== value);
  // What JSON writes Python reads, as there are neither numbers nor truth values in it.
  const words = [cwd, gone, Object.fromEntries(changed)].map((value) =>
    escapeLineEnds(JSON.stringify(value)).toWellFormed(),
  );
  const code = `__import__('launch_ipykernel').move(${words.join(', ')})`;
  const { outcome, death } = await kernel.execute({ code, isSilent: true, take: () => {} });
  return !death && outcome !== undefined && outcome.error === undefined;
}
