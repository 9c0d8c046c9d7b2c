import type { KernelServer } from '../../shared/api/kernel-server.ts';

/** The context that a kernel serves. */
export interface ContextRecord {
  id: string;
  language: string;
  /** Name of its kernel, where it was asked for by that. */
  kernel?: string | undefined;
  cwd: string;
  /** Where cells run that name no context. */
  isDefault: boolean;
  /** Where its kernels live, when they are not ours. */
  server?: KernelServer | undefined;
}
