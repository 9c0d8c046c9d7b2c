import { ApiError } from '../../shared/api/errors.ts';
import type { CreateExecutionRequest } from '../../shared/api/kept-executions.ts';
import { awake } from '../sandboxes/awake.ts';
import type { Sandboxes } from '../sandboxes/sandboxes.ts';
import type { SandboxRow } from '../sandboxes/store.ts';
import { templateReference } from '../templates/name.ts';
import type { Templates } from '../templates/templates.ts';
import { keyOf, type WorkspaceKey } from '../workspaces/key.ts';
import type { Workspaces } from '../workspaces/workspaces.ts';

export interface PlaceOptions {
  sandboxes: Sandboxes;
  workspaces: Workspaces;
  templates: Pick<Templates, 'get'>;
  /** Compares one sandbox with the engine. Never rejects. */
  settle(id: string): Promise<void>;
}

/** Of a sandbox that is there for one execution alone, should nobody end it: seconds beyond what that may take. */
const spareSeconds = 600;

export interface PlaceRequest extends Pick<CreateExecutionRequest, 'sandboxId' | 'template' | 'image'> {
  key: WorkspaceKey | undefined;
  timeoutMs: number;
  /** Of a sandbox of its own. */
  entrypoint: string[];
}

/**
 * Where an execution is asked for in.
 * @throws ApiError `INVALID_WORKSPACE_KEY`, `WORKSPACE_NOT_FOUND`, `DOCKER::SANDBOX_NOT_FOUND`, `INVALID_TEMPLATE_NAME`, `TEMPLATE_NOT_FOUND`
 */
export function checkedPlace(
  { workspace, sandboxId, template, image }: CreateExecutionRequest,
  timeoutMs: number,
  { workspaces, sandboxes, templates }: PlaceOptions,
): PlaceRequest {
  const key = workspace == null ? undefined : keyOf(workspace);
  if (key) workspaces.get(key);
  if (sandboxId != null) sandboxes.get(sandboxId);
  return { key, sandboxId, template, image, timeoutMs, entrypoint: entrypointOf(templates, template) };
}

/**
 * The sandbox of an execution, awake: its workspace's, the one it names, or one of its own, whose id `owned` is told together with its
 * row. @throws ApiError as `Workspaces.ensure`, `awake` and the making of a sandbox do
 */
export async function placeOf(
  { sandboxes, workspaces, settle }: PlaceOptions,
  { key, sandboxId, template, image, timeoutMs, entrypoint }: PlaceRequest,
  { signal, owned }: { signal: AbortSignal; owned: (id: string) => void },
): Promise<SandboxRow> {
  if (key) return (await workspaces.ensure(key, undefined)).sandbox;
  if (sandboxId != null) {
    const row = await awake(sandboxes, sandboxId, { settle, onlyAsleep: true });
    sandboxes.mustRun(row ?? sandboxes.get(sandboxId));
    return sandboxes.get(sandboxId);
  }
  const timeout = Math.max(60, Math.ceil(timeoutMs / 1000) + spareSeconds);
  const request = {
    ...(template != null && { template }),
    ...(image != null && { image: { uri: image } }),
    entrypoint,
    timeout,
  };
  return sandboxes.create(request, { gone: signal, inserted: owned });
}

/** What a sandbox runs that is made of a template, or of none: what that says, or nothing but waiting. @throws ApiError as above */
export function entrypointOf(
  templates: Pick<Templates, 'get'>,
  name: string | null | undefined,
  field = 'template',
): string[] {
  const { entrypoint } = name == null ? {} : templates.get(templateReference(name, field), field).spec;
  return entrypoint ?? ['/bin/sh', '-c', 'exec sleep 2147483647'];
}

/** Why a sandbox can't say any more what became of an execution; undefined: it still may. */
export function gone({ sandboxes }: PlaceOptions, id: string): ApiError | undefined {
  const row = sandboxes.store.get(id);
  if (!row) return new ApiError('DOCKER::SANDBOX_NOT_FOUND', 'Its sandbox was deleted.');
  if (row.state === 'Terminated' || row.state === 'Failed') {
    return new ApiError('DOCKER::SANDBOX_NOT_RUNNING', `Its sandbox has ended: ${row.message}`);
  }
  // What is stopped has lost its processes, and what they said.
  if (row.state === 'Paused' && row.tier === 'stopped') {
    return new ApiError('DOCKER::SANDBOX_NOT_RUNNING', 'Its sandbox was stopped.');
  }
  return undefined;
}
