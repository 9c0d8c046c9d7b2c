import type { Config } from '../../config/schema.ts';
import type { BuildsOptions } from './builds.ts';

/** What the administrator decides about builds; `processors`: how many there are. */
export function buildOptions(
  { templates, network, sandbox }: Config,
  { processors = Number.POSITIVE_INFINITY }: { processors: number | undefined },
): Omit<BuildsOptions, 'store' | 'images' | 'log'> {
  return {
    limits: {
      memory: templates.buildMemory,
      cpu: Math.min(templates.buildCpu, processors),
      pids: sandbox.pids,
    },
    maxSize: templates.buildMaxSize,
    network: network.enabled,
    atOnce: templates.buildsAtOnce,
    timeoutMs: templates.buildTimeoutSeconds * 1000,
    waitMs: templates.buildWaitSeconds * 1000,
  };
}
