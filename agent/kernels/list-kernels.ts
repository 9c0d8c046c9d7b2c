import type { CodeKernel } from '../../shared/api/code.ts';
import { defaultKernel, isUsable } from './choose-kernel.ts';
import type { FoundSpec } from './kernelspec.ts';

/** What was found, as the API shows it. */
export function listKernels(found: FoundSpec[]): CodeKernel[] {
  return found.map((spec) => ({
    name: spec.name,
    display_name: spec.displayName,
    language: spec.language,
    path: spec.path,
    interrupt_mode: isUsable(spec) ? spec.interruptMode : undefined,
    is_default: spec.language !== undefined && defaultKernel(found, spec.language) === spec,
    is_available: isUsable(spec),
    problem: isUsable(spec) ? undefined : `${spec.path} ${spec.problem}`,
  }));
}
