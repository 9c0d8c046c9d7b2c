import { randomBytes, randomUUID } from 'node:crypto';
import type { CreateSandboxRequest } from '../../shared/api/sandboxes.ts';
import type { ImageFacts, Runtime } from '../runtimes/runtime.ts';
import type { Volumes } from '../volumes/volumes.ts';
import { idleOf } from './idle-request.ts';
import { type KernelDefaults, kernelSettings } from './kernel-settings.ts';
import { earlier, livesUntilOf } from './lifetime.ts';
import { type FindSnapshot, ofPrebuilt, originOf } from './origin.ts';
import { entrypointOf, expiryOf, ociRuntimeOf, renewSecondsOf, type SandboxDefaults, wishOf } from './request.ts';
import type { SandboxRow } from './store.ts';
import type { ResolveTemplate } from './templated.ts';
import { userOf } from './user.ts';

/** What a new sandbox is made of: its row as it goes into the database, and what is not kept there. */
export interface Prepared {
  row: SandboxRow;
  env: Record<string, string>;
  image: ImageFacts;
  /** Undefined: the usual one. */
  ociRuntime: string | undefined;
  /** Of its agent. */
  settings: Record<string, string>;
}

interface Surroundings {
  runtime: Runtime;
  defaults: SandboxDefaults;
  snapshot: FindSnapshot;
  template: ResolveTemplate;
  volumes: Volumes;
  kernels: KernelDefaults;
  agentSettings: Record<string, string>;
}

/**
 * Checks a request, with its template if it names one, finds its image or snapshot and writes down what is to exist; nothing exists yet. A pull goes on when its caller has
 * gone: a client that can't wait so long finds the image there when it comes back.
 * @throws ApiError what is wrong with the request or its image
 */
export async function prepare(
  asked: CreateSandboxRequest,
  { runtime, defaults, snapshot, template: resolve, volumes, ...usually }: Surroundings,
  now: () => number,
): Promise<Prepared> {
  const id = randomUUID();
  const { request, template, prebuilt } = await resolve(asked);
  const { env, ...kept } = wishOf(request, defaults);
  const ociRuntime = ociRuntimeOf(request, defaults);
  const records = volumes.wish(request.volumes, id);
  const user = userOf(request);
  const { uri, image, ...usual } = prebuilt ? ofPrebuilt(prebuilt) : await originOf(request, { runtime, snapshot });
  const createdAt = now();
  const livesUntil = livesUntilOf(request, defaults, createdAt);
  const expiresAt = earlier(expiryOf(request, defaults, createdAt), livesUntil);
  const row: SandboxRow = {
    id,
    state: 'Pending',
    reason: 'creating',
    message: 'The container is being made.',
    transitionAt: createdAt,
    image: uri,
    snapshotId: request.snapshotId || undefined,
    template,
    entrypoint: entrypointOf(request, usual.entrypoint),
    ...kept,
    claim: undefined,
    pool: undefined,
    volumes: records,
    token: randomBytes(32).toString('base64url'),
    portSecret: randomBytes(24).toString('base64url'),
    egressSecret: randomBytes(32).toString('base64url'),
    createdAt,
    expiresAt,
    dueAt: expiresAt,
    renewSeconds: renewSecondsOf(request),
    idle: idleOf(request, defaults),
    tier: 'running',
    idleSince: undefined,
    livesUntil,
    startedAt: '',
    frozen: 0,
    lastWords: '',
    lastWordsCut: 0,
  };
  return {
    row,
    env: { ...without(usual.env, request.env), ...env },
    image: user === undefined ? image : { ...image, user },
    ociRuntime,
    settings: { ...usually.agentSettings, ...kernelSettings(usually.kernels, request.kernels) },
  };
}

/** What is left of an environment when a request takes variables out of it, by a null. */
function without(env: Record<string, string>, asked: CreateSandboxRequest['env']): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter(([name]) => asked?.[name] !== null));
}
