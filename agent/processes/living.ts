/** Between two looks at the clock. */
const stepMs = 1000;

/**
 * Calls back after `ms` that this process has lived through: while its container is frozen clocks go on, and nobody in it could
 * do what is waited for. A gap of more than two steps counts as one. Returns a function that calls it off. Keeps no process
 * alive.
 */
export function afterLiving(ms: number, done: () => void): () => void {
  let left = ms;
  let since = performance.now();
  let timer: NodeJS.Timeout;
  const step = () => {
    const now = performance.now();
    const gap = now - since;
    since = now;
    left -= gap > 2 * stepMs ? stepMs : gap;
    if (left <= 0) done();
    else arm();
  };
  const arm = () => {
    timer = setTimeout(step, Math.min(left, stepMs)).unref();
  };
  arm();
  return () => clearTimeout(timer);
}
