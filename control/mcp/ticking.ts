import type { Progress } from './toolbox.ts';

/** Tells every second for how long something has been at it, so that clients don't give a long call up. Gives what stops it. */
export function ticking(report: (progress: Progress) => void, what: string, everyMs = 1000): () => void {
  const since = performance.now();
  const timer = setInterval(() => {
    const seconds = Math.round(performance.now() - since) / 1000;
    report({ progress: seconds, message: `${what}: ${Math.round(seconds)} s` });
  }, everyMs);
  return () => clearInterval(timer);
}
