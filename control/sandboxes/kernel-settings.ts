import type { KernelSettings } from '../../shared/api/kernel-settings.ts';

/** What runs cells, as the administrator decided it. */
export interface KernelDefaults {
  fork: boolean;
  preload: readonly string[];
  spares: number;
  outputBytes: number;
}

/** The settings of one sandbox's kernels in its agent's words: the request's, and the administrator's where it says nothing. */
export function kernelSettings(
  defaults: KernelDefaults,
  asked: KernelSettings | null | undefined,
): Record<string, string> {
  const fork = asked?.fork ?? defaults.fork;
  const preload = asked?.preload ?? defaults.preload;
  const spares = asked?.spares ?? defaults.spares;
  return {
    ...(!fork && { CUBBY_KERNEL_ZYGOTE: '0' }),
    ...(preload.length > 0 && { CUBBY_KERNEL_PRELOAD: preload.join(',') }),
    ...(spares > 0 && { CUBBY_KERNEL_SPARES: String(spares) }),
    CUBBY_OUTPUT_BYTES: String(asked?.outputBytes ?? defaults.outputBytes),
  };
}
