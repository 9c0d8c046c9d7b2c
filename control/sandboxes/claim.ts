import { isDeepStrictEqual } from 'node:util';
import { type Claim, mostClaimBytes } from '../../shared/api/claims.ts';
import { ApiError } from '../../shared/api/errors.ts';
import type { ContainerFacts, ContainerSpec, Runtime } from '../runtimes/runtime.ts';
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
 * `looked`: what the engine says of it, asked when it was taken. Returns the engine's word on its start, by which a later one is told apart.
 * @throws ApiError or Error when it can't be that: it is of no use any more
 */
export async function claim(
  runtime: Runtime,
  row: SandboxRow,
  member: Member,
  looked: Promise<ContainerFacts | undefined>,
): Promise<string> {
  const { id, profile, limits, policy, entrypoint } = row;
  const isResized = !isDeepStrictEqual(sizes(limits), sizes(member.limits));
  const [facts] = await Promise.all([
    looked,
    isResized ? runtime.resize(id, { profile, limits }) : undefined,
    policy ? runtime.setPolicy(id, policy) : undefined,
  ]);
  // One that was started again has lost its network rules.
  if (facts?.state !== 'running' || facts.startedAt !== member.startedAt) throw ended(id);
  const signal = AbortSignal.timeout(patienceMs);
  try {
    await callAgent(runtime, row, { method: 'POST', path: '/entrypoint', body: { entrypoint, ...row.claim }, signal });
  } catch (error) {
    throw (await hasEnded(runtime, id))
      ? new ApiError('DOCKER::SANDBOX_START_FAILED', (error as Error).message)
      : error;
  }
  return facts.startedAt;
}

/** Whether a claim failed that another member would fail at as well: its agent refused it, or its entrypoint could not be started. */
export function isHopeless(error: unknown): boolean {
  const { code } = error as Partial<ApiError>;
  return code === 'RUNTIME_ERROR' || code === 'DOCKER::SANDBOX_START_FAILED';
}

async function hasEnded(runtime: Runtime, id: string): Promise<boolean> {
  const facts = await runtime.inspect(id).catch(() => undefined);
  return facts?.state === 'exited';
}

function sizes({ memory, cpu, pids }: SandboxRow['limits']): object {
  return { memory, cpu, pids };
}

function ended(id: string): ApiError {
  return new ApiError('AGENT_UNREACHABLE', `sandbox ${id}: the container that stood by has ended`);
}
