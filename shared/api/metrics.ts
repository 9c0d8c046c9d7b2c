import { z } from 'zod';
import type { Usage } from '../cgroups/usage.ts';

const Stall = z.object({
  avg10: z.number().describe('Percent of the last 10 seconds.'),
  avg60: z.number(),
  avg300: z.number(),
  total_seconds: z.number(),
});
const ResourcePressure = z.object({
  some: Stall.describe('Time in which at least one task waited for it.'),
  full: Stall.optional().describe('Time in which every task waited for it, so that nothing got done.'),
});

/** Answer of GET /metrics, and every record of GET /metrics/watch. The first five are OpenSandbox's. */
export const Metrics = z.object({
  cpu_count: z
    .number()
    .describe('Processors the sandbox may use, as 0.5; those of the machine when it is not limited.'),
  cpu_used_pct: z.number().describe('Share of those processors that was in use since the last look, 0 to 100.'),
  mem_total_mib: z.number().describe('Memory the sandbox may use; that of the machine when it is not limited.'),
  mem_used_mib: z.number().describe('Memory in use, without file cache that the kernel would give up first.'),
  timestamp: z.int().describe('Milliseconds since the epoch.'),
  scope: z
    .enum(['sandbox', 'machine'])
    .describe('Whose numbers these are: `machine` where the kernel does not show the sandbox its own.'),
  cpu_seconds: z.number().describe('Processor time used so far.'),
  cpu_throttled_seconds: z.number().optional().describe('Time that threads were held back by the quota, together.'),
  cpu_throttled_periods: z.int().optional().describe('Periods of the quota in which it was used up.'),
  pids: z.int().optional().describe('Processes and threads.'),
  pids_limit: z.int().optional(),
  oom_kills: z.int().optional().describe('Processes that the kernel ended for want of memory.'),
  pressure: z
    .object({
      cpu: ResourcePressure.optional(),
      memory: ResourcePressure.optional(),
      io: ResourcePressure.optional(),
    })
    .optional()
    .describe('Pressure stall information, where the kernel has it for the sandbox.'),
});

export type Metrics = z.infer<typeof Metrics>;

/** One metric as Prometheus sees it. */
export interface MetricFamily {
  name: `cubby_sandbox_${string}`;
  help: string;
  type: 'counter' | 'gauge';
  /** Its values for one sandbox: none where the kernel does not tell. */
  samples: (usage: Usage) => { labels: Record<string, string>; value: number }[];
}

/** Every metric of a sandbox for Prometheus. The agent shows them for itself, control for every sandbox with its id as a label. */
export const sandboxMetrics: MetricFamily[] = [
  counter('cpu_seconds_total', 'Processor time used, in seconds.', (usage) => usage.cpuSeconds),
  gauge('cpu_limit_cores', 'Processors that may be used.', (usage) => usage.cpuLimit),
  counter('cpu_periods_total', 'Periods of the processor quota that had work to do.', (usage) => usage.cpuPeriods),
  counter('cpu_throttled_periods_total', 'Periods in which the quota was used up.', (usage) => usage.throttledPeriods),
  counter(
    'cpu_throttled_seconds_total',
    'Time that threads were held back by the quota.',
    (usage) => usage.throttledSeconds,
  ),
  gauge('memory_used_bytes', 'Memory in use, without file cache that is given up first.', (usage) => usage.memoryBytes),
  gauge('memory_limit_bytes', 'Memory that may be used; absent without a limit.', (usage) => usage.memoryLimitBytes),
  counter('oom_kills_total', 'Processes that the kernel ended for want of memory.', (usage) => usage.outOfMemoryKills),
  gauge('pids', 'Processes and threads.', (usage) => usage.pids),
  gauge('pids_limit', 'Processes and threads that may be; absent without a limit.', (usage) => usage.pidsLimit),
  {
    name: 'cubby_sandbox_pressure_seconds_total',
    help: 'Time in which some task, or every task (full), waited for a resource.',
    type: 'counter',
    samples: pressureSamples,
  },
];

type Measure = (usage: Usage) => number | undefined;

function counter(name: string, help: string, measure: Measure): MetricFamily {
  return { name: `cubby_sandbox_${name}`, help, type: 'counter', samples: single(measure) };
}

function gauge(name: string, help: string, measure: Measure): MetricFamily {
  return { name: `cubby_sandbox_${name}`, help, type: 'gauge', samples: single(measure) };
}

function single(measure: Measure): MetricFamily['samples'] {
  return (usage) => {
    const value = measure(usage);
    return value === undefined ? [] : [{ labels: {}, value }];
  };
}

function pressureSamples({ pressure }: Usage): { labels: Record<string, string>; value: number }[] {
  return (['cpu', 'memory', 'io'] as const).flatMap((resource) =>
    (['some', 'full'] as const).flatMap((kind) => {
      const stall = pressure?.[resource]?.[kind];
      return stall ? [{ labels: { resource, kind }, value: stall.totalSeconds }] : [];
    }),
  );
}
