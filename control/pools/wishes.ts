import { createHash } from 'node:crypto';
import type { CreateSandboxRequest } from '../../shared/api/sandboxes.ts';
import type { ContainerSpec } from '../runtimes/runtime.ts';
import type { Blueprint } from './make.ts';
import type { PoolWish } from './options.ts';

/** What of templates is looked at. */
export interface Templated {
  name: string;
  spec: { pool?: { min: number; max: number } | null | undefined };
}

/** What a sandbox is made of that a request asks for. @throws ApiError what is wrong with it */
export type FindBlueprint = (request: CreateSandboxRequest) => Promise<{ spec: ContainerSpec; imageId: string }>;

/** The pools that templates ask for. Snapshots and volumes are no two sandboxes' at once: of templates that have some none stands by. */
export function wishesOf(templates: Templated[], find: FindBlueprint): PoolWish[] {
  return templates.flatMap(({ name, spec: { pool } }) => {
    if (!pool || pool.max < 1) return [];
    const blueprint = async (): Promise<Blueprint> => {
      const { spec, imageId } = await find({ template: name });
      return { spec, imageId, warm: wantsKernels(spec.settings) };
    };
    return [{ name, min: pool.min, max: pool.max, blueprint }];
  });
}

/** Whoever has modules imported ahead of time, or kernels wait, wants that to be done before anybody is there to wait for it. */
function wantsKernels(settings: Record<string, string>): boolean {
  return settings.CUBBY_KERNEL_PRELOAD !== undefined || settings.CUBBY_KERNEL_SPARES !== undefined;
}

/** What else decides how a container is made, in a few characters: the administrator's settings, and the agent pack. */
export function surroundingsOf(...decided: unknown[]): string {
  return createHash('sha256').update(JSON.stringify(decided)).digest('base64url');
}
