import type { Progress } from '../../users/progress.ts';

/** Many calls fail for one reason. */
const quietMs = 5000;

/** Tells why something is tried again, once in a while. */
export function retryTeller(progress: Progress): (why: string) => void {
  let toldAt = Number.NEGATIVE_INFINITY;
  return (why) => {
    if (performance.now() - toldAt < quietMs) return;
    toldAt = performance.now();
    progress.line(`trying again: ${why}`);
  };
}
