import type { ContainerStats } from 'dockerode';
import type { Usage } from '../../../shared/cgroups/usage.ts';

/**
 * The engine's own numbers in the port's words. Undefined when the container isn't running: all of them are absent or
 * zero then. File cache that the kernel would give up first is no use of memory; the two versions of cgroups name it differently.
 */
export function statsUsage({ cpu_stats, memory_stats, pids_stats }: ContainerStats): Usage | undefined {
  const { usage, limit, stats } = memory_stats ?? {};
  if (!usage) return undefined;
  const cache = stats?.total_inactive_file ?? (stats as { inactive_file?: number } | undefined)?.inactive_file ?? 0;
  return {
    cpuSeconds: cpu_stats.cpu_usage.total_usage / 1e9,
    memoryBytes: Math.max(0, usage - cache),
    ...(limit !== undefined && { memoryLimitBytes: limit }),
    throttledSeconds: (cpu_stats.throttling_data?.throttled_time ?? 0) / 1e9,
    ...(pids_stats?.current !== undefined && { pids: pids_stats.current }),
  };
}
