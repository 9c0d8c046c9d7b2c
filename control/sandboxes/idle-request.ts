import type { CreateSandboxRequest } from '../../shared/api/sandboxes.ts';
import type { SandboxDefaults } from './request.ts';
import type { IdleTimes } from './tiers.ts';

/** What becomes of a sandbox that nobody uses: the request's word over the administrator's. Undefined: nothing. */
export function idleOf({ idle: asked }: CreateSandboxRequest, { idle: usual }: SandboxDefaults): IdleTimes | undefined {
  const idle: IdleTimes = {
    freezeAfterSeconds: asked?.freezeAfterSeconds ?? usual.freezeAfterSeconds,
    stopAfterSeconds: asked?.stopAfterSeconds ?? usual.stopAfterSeconds,
    deleteAfterSeconds: asked?.deleteAfterSeconds ?? usual.deleteAfterSeconds,
    backgroundSeconds: asked?.backgroundSeconds ?? usual.backgroundSeconds,
  };
  const { backgroundSeconds: _, ...steps } = idle;
  return Object.values(steps).some((seconds) => seconds > 0) ? idle : undefined;
}
