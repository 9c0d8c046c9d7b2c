import { Sandbox } from '../sandbox.ts';
import type { Bench } from '../scenario.ts';

/** Each takes the machine's attention while it starts: more at once don't come up any sooner. */
const atOnce = 4;
/** What a sandbox needs that only is there: many have to fit. */
const small = { cpu: '1', memory: '256Mi' };

/** Gives `use` so many sandboxes at once and removes them afterwards, also those of a start that broke off. */
export async function withSandboxes<T>(
  bench: Bench,
  count: number,
  use: (sandboxes: Sandbox[]) => Promise<T>,
): Promise<T> {
  const sandboxes: Sandbox[] = [];
  try {
    let started = 0;
    const startSome = async () => {
      while (started < count) {
        started += 1;
        sandboxes.push(await Sandbox.create(bench.control, bench.signal, small));
        bench.progress(sandboxes.length, count);
      }
    };
    await allOf(Array.from({ length: atOnce }, startSome));
    return await use(sandboxes);
  } finally {
    await allOf(Array.from({ length: atOnce }, () => removeSome(sandboxes)));
  }
}

async function removeSome(sandboxes: Sandbox[]): Promise<void> {
  for (let sandbox = sandboxes.pop(); sandbox; sandbox = sandboxes.pop()) await sandbox.remove();
}

/** Waits for all of them, whatever becomes of the first: what still works must not go on behind the caller's back. */
async function allOf(works: Promise<void>[]): Promise<void> {
  const results = await Promise.allSettled(works);
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}
