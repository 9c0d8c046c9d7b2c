import type { Progress } from './toolbox.ts';

export interface Ticking {
  /** Has the last line of something's output told as well, by what finds it. */
  watch(look: () => Promise<string | undefined>): void;
  stop(): void;
}

/** Tells every second for how long something has been at it, so that clients don't give a long call up, and what it has said last. */
export function ticking(report: (progress: Progress) => void, what: string, everyMs = 1000): Ticking {
  const since = performance.now();
  let look: (() => Promise<string | undefined>) | undefined;
  let said: string | undefined;
  let isLooking = false;
  const refresh = async () => {
    if (!look || isLooking) return;
    isLooking = true;
    // Who can't say it now has said what is known.
    said = (await look().catch(() => undefined)) ?? said;
    isLooking = false;
  };
  const timer = setInterval(() => {
    const seconds = Math.round(performance.now() - since) / 1000;
    const line = said === undefined ? '' : `: ${said}`;
    report({ progress: seconds, message: `${what}: ${Math.round(seconds)} s${line}` });
    void refresh();
  }, everyMs);
  return {
    watch: (by) => {
      look = by;
    },
    stop: () => clearInterval(timer),
  };
}
