import { availableParallelism, cpus, totalmem } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import type { Metrics } from '../../shared/api/metrics.ts';
import type { Usage } from '../../shared/cgroups/usage.ts';
import { pressureFields } from './pressure.ts';

/** Below it, a share says more about the scheduler than about the load: quotas are handed out every 100 ms. */
const shortestWindowMs = 100;
/** An older look is no longer "now": the share is taken anew, over the shortest window. */
const longestWindowMs = 10_000;

const mebibyte = 1024 * 1024;

/** Where a sampler's numbers come from. */
export interface UsageSource {
  scope: Metrics['scope'];
  read: () => Usage;
}

interface Look {
  /** Milliseconds of a clock that only goes forward. */
  at: number;
  cpuSeconds: number;
  /** Of the window that ended here, if there was one. */
  percent?: number;
}

/**
 * Answers what a sandbox uses now. The share of the processors is that since the last answer, so whoever asks regularly
 * waits for nothing and gets the mean of the time between; who asks first, or after a long time, waits for 100 ms.
 */
export class Sampler {
  #source: UsageSource;
  #last: Look | undefined;
  #opening: Promise<void> | undefined;

  constructor(source: UsageSource) {
    this.#source = source;
  }

  /** The metrics as GET /metrics answers them. */
  async sample(): Promise<Metrics> {
    if (!this.#last || performance.now() - this.#last.at > longestWindowMs) {
      this.#opening ??= this.#open().finally(() => {
        this.#opening = undefined;
      });
    }
    // Everybody who comes while a window opens waits for the same one.
    await this.#opening;
    const usage = this.#source.read();
    const processors = processorsOf(usage);
    const used = this.#share(usage, processors);
    return {
      cpu_count: processors,
      cpu_used_pct: used,
      mem_total_mib: rounded((usage.memoryLimitBytes ?? totalmem()) / mebibyte),
      mem_used_mib: rounded(usage.memoryBytes / mebibyte),
      timestamp: Date.now(),
      scope: this.#source.scope,
      cpu_seconds: usage.cpuSeconds,
      cpu_throttled_seconds: usage.throttledSeconds,
      cpu_throttled_periods: usage.throttledPeriods,
      pids: usage.pids,
      pids_limit: usage.pidsLimit,
      oom_kills: usage.outOfMemoryKills,
      pressure: pressureFields(usage.pressure),
    };
  }

  async #open(): Promise<void> {
    const { cpuSeconds } = this.#source.read();
    this.#last = { at: performance.now(), cpuSeconds };
    await delay(shortestWindowMs);
  }

  #share({ cpuSeconds }: Usage, processors: number): number {
    const last = this.#last!;
    const at = performance.now();
    const seconds = (at - last.at) / 1000;
    // Somebody else has just looked: a window of their own would be too short.
    if (last.percent !== undefined && at - last.at < shortestWindowMs) return last.percent;
    const percent = rounded(
      Math.min(100, Math.max(0, (100 * (cpuSeconds - last.cpuSeconds)) / (seconds * processors))),
    );
    this.#last = { at, cpuSeconds, percent };
    return percent;
  }
}

function processorsOf({ cpuLimit }: Usage): number {
  const there = cpus().length || availableParallelism();
  return cpuLimit === undefined ? there : Math.min(cpuLimit, there);
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
