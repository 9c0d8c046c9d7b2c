import { isDeepStrictEqual } from 'node:util';
import { type Claim, mostClaimBytes } from '../../shared/api/claims.ts';
import { ApiError } from '../../shared/api/errors.ts';
import type { ContainerSpec, Runtime } from '../runtimes/runtime.ts';
import { callAgent } from './agent.ts';
import type { SandboxRow } from './row.ts';
import type { Member } from './standby.ts';

/** An agent that stands by answers in a few milliseconds; one that doesn't by then is not waited for, as there is a slower way. */
const patienceMs = 3000;
/** Its share of the smallest spool, beside what commands say there. */
const spoolShare = 4;

/** What a member is to be told so as to become what `spec` says; undefined where that is too long for it. */
export function claimOf({ env, user, keepHome, entrypoint }: ContainerSpec): SandboxRow['claim'] {
  const claim: Claim = { entrypoint, env, user, keepHome };
  if (Buffer.byteLength(JSON.stringify(claim)) > mostClaimBytes / spoolShare) return undefined;
  return { env, user, keepHome };
}

/**
 * Makes a member of a pool the sandbox of a row that is written down. Nothing of the user's runs before its limits and its policy are in force.
 * Its agent knows whether it was started again meanwhile, and has lost its network's rules with that: then it refuses. Returns the engine's
 * word on its start, by which a later one is told apart.
 * @throws ApiError or Error when it can't be that: it is of no use any more
 */
export async function claim(runtime: Runtime, row: SandboxRow, member: Member): Promise<string> {
  const { id, profile, limits, policy, entrypoint } = row;
  const isResized = !isDeepStrictEqual(sizes(limits), sizes(member.limits));
  await Promise.all([
    member.born ? undefined : requireSame(runtime, member),
    isResized ? runtime.resize(id, { profile, limits }) : undefined,
    policy ? runtime.setPolicy(id, policy) : undefined,
  ]);
  const signal = AbortSignal.timeout(patienceMs);
  try {
    await callAgent(runtime, row, {
      method: 'POST',
      path: '/entrypoint',
      body: { entrypoint, ...row.claim, born: member.born || undefined },
      signal,
    });
  } catch (error) {
    throw (await hasEnded(runtime, id))
      ? new ApiError('DOCKER::SANDBOX_START_FAILED', (error as Error).message)
      : error;
  }
  return member.startedAt;
}

/** Whether a claim failed that another member would fail at as well: its agent refused it, or its entrypoint could not be started. */
export function isHopeless(error: unknown): boolean {
  const { code } = error as Partial<ApiError>;
  return code === 'RUNTIME_ERROR' || code === 'DOCKER::SANDBOX_START_FAILED';
}

async function requireSame(runtime: Runtime, { id, startedAt }: Member): Promise<void> {
  const facts = await runtime.inspect(id);
  if (facts?.state === 'running' && facts.startedAt === startedAt) return;
  throw new ApiError('AGENT_UNREACHABLE', `sandbox ${id}: the container that stood by has ended`);
}

async function hasEnded(runtime: Runtime, id: string): Promise<boolean> {
  const facts = await runtime.inspect(id).catch(() => undefined);
  return facts?.state === 'exited';
}

function sizes({ memory, cpu, pids }: SandboxRow['limits']): object {
  return { memory, cpu, pids };
}
