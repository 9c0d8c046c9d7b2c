import type { Caller } from '../users/passwd.ts';
import type { ContextRecord } from './context-record.ts';
import type { KernelSpec } from './kernelspec.ts';

/** What a kernel is started by. */
export interface StartOptions {
  spec: KernelSpec;
  context: ContextRecord;
  caller: Caller;
  env: Record<string, string>;
  /** Gives up. */
  signal: AbortSignal;
}
