import type { CreateSandboxRequest } from '../../shared/api/sandboxes.ts';
import type { SandboxDefaults } from './request.ts';

/** When a sandbox ends whatever renewals say: the request's word or the administrator's, whichever is earlier. Undefined: never. */
export function livesUntilOf(
  { maxLifetimeSeconds: asked }: CreateSandboxRequest,
  { maxLifetimeSeconds: most }: SandboxDefaults,
  now: number,
): number | undefined {
  const seconds = earlier(asked ?? undefined, most);
  return seconds === undefined ? undefined : now + seconds * 1000;
}

/** The earlier of two times; undefined is never. */
export function earlier(a: number, b: number | undefined): number;
export function earlier(a: number | undefined, b: number | undefined): number | undefined;
export function earlier(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return Math.min(a, b);
}
