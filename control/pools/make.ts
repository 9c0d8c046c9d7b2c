import { randomBytes, randomUUID } from 'node:crypto';
import { z } from 'zod';
import { ApiError } from '../../shared/api/errors.ts';
import type { ContainerSpec, Runtime } from '../runtimes/runtime.ts';
import { callAgent } from '../sandboxes/agent.ts';
import type { Member } from '../sandboxes/standby.ts';
import { reach } from '../sandboxes/start.ts';

/** What members of a pool are made of. */
export interface Blueprint {
  spec: ContainerSpec;
  /** Of the image, by content. */
  imageId: string;
  /** Kernels are to be ready, too. */
  warm: boolean;
}

export interface MakeOptions {
  runtime: Runtime;
  /** Name of the pool. */
  pool: string;
  readyTimeoutMs: number;
  /** Gives up. */
  signal: AbortSignal;
  /** Learns of its id before there is a container that bears it. */
  onId(id: string): void;
  log(message: string, details: object): void;
}

/** For an interpreter, and what it imports. */
const warmMs = 120_000;
/** For a command that does nothing. */
const rehearsalMs = 10_000;
/** After so many the next is hardly faster; each costs some 10 ms. */
const rehearsals = 5;
/** Never started: a claim takes its place. */
const nothing = ['false'];

/** Starts a container that is to stand by; its agent answers then. @throws ApiError what kept it from starting; nothing is left of it then */
export async function makeMember(
  { spec, imageId, warm }: Blueprint,
  { runtime, pool, readyTimeoutMs, signal, onId, log }: MakeOptions,
): Promise<Member> {
  const id = randomUUID();
  const token = randomBytes(32).toString('base64url');
  onId(id);
  try {
    // Whose environment it will have isn't known: what is in a container's configuration stays in it.
    await runtime.create({ ...spec, id, token, pool, entrypoint: nothing, env: {}, mounts: [] });
    signal.throwIfAborted();
    await runtime.start(id);
    signal.throwIfAborted();
    await reach(runtime, { id, token }, { method: 'GET', path: '/ping' }, readyTimeoutMs);
    await rehearse(runtime, { id, token }, signal);
    if (warm) await warmKernels(runtime, { id, token }, { signal, log });
    signal.throwIfAborted();
    await requireImage(runtime, spec.image, imageId);
    // Asked before the engine is: what is said of the start is said of one start.
    const { born } = z
      .object({ born: z.string() })
      .parse(await callAgent(runtime, { id, token }, { method: 'GET', path: '/entrypoint', signal }));
    const facts = await runtime.inspect(id);
    if (facts?.state !== 'running') throw failed('its container has ended');
    return { id, token, pool, startedAt: facts.startedAt, born, limits: spec.limits };
  } catch (error) {
    await runtime.remove(id).catch(() => {});
    throw error;
  }
}

/**
 * A program's first time takes several times as long as the next: whatever the agent does for a claim and for a first command it does once
 * while nobody waits. What of it can't be done in this image can't be done faster either.
 */
async function rehearse(runtime: Runtime, member: { id: string; token: string }, closing: AbortSignal): Promise<void> {
  const signal = AbortSignal.any([closing, AbortSignal.timeout(rehearsalMs)]);
  const calls = [
    { method: 'GET', path: '/entrypoint' },
    // It has no entrypoint in it, and is refused.
    { method: 'POST', path: '/entrypoint', body: {} },
    { method: 'POST', path: '/command', body: { command: 'true' } },
  ] as const;
  for (let times = 0; times < rehearsals; times += 1) {
    for (const call of calls) await callAgent(runtime, member, { ...call, signal }).catch(() => {});
  }
}

/** It stands by without, where kernels can't be made ready: its first cell takes a little longer then. */
async function warmKernels(
  runtime: Runtime,
  member: { id: string; token: string },
  { signal: closing, log }: Pick<MakeOptions, 'signal' | 'log'>,
): Promise<void> {
  const signal = AbortSignal.any([closing, AbortSignal.timeout(warmMs)]);
  try {
    await callAgent(runtime, member, { method: 'POST', path: '/code/kernels/warm', signal });
  } catch (error) {
    log('a member of a pool stands by without kernels', { sandbox: member.id, err: error });
  }
}

/** The name may have been given to another image while the container was made. */
async function requireImage(runtime: Runtime, uri: string, id: string): Promise<void> {
  if (runtime.builds.isName(uri)) return;
  if ((await runtime.image(uri)).id !== id) throw failed('its image has changed meanwhile');
}

function failed(why: string): ApiError {
  return new ApiError('DOCKER::SANDBOX_START_FAILED', `A sandbox that was to stand by did not start: ${why}.`);
}
