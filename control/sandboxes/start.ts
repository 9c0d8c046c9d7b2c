import { setTimeout as delay } from 'node:timers/promises';
import { ApiError, type ErrorCode } from '../../shared/api/errors.ts';
import type { ContainerFacts, ContainerSpec, ImageFacts, Runtime } from '../runtimes/runtime.ts';
import type { Attached } from '../volumes/attached.ts';
import type { Volumes } from '../volumes/volumes.ts';
import { type AgentCall, callAgent } from './agent.ts';
import type { SandboxRow } from './store.ts';

/** Between two knocks at an agent that is still starting. */
const knockMs = 4;
/** Between two looks at the engine, whether the container still runs. */
const lookMs = 500;
/** Whom a hardened sandbox acts as where its image says root, and where where it doesn't say: the one place that is there for its files. */
const unprivileged = '1000:1000';
const workspace = '/workspace';

export interface SpecOptions {
  env: Record<string, string>;
  image: ImageFacts;
  ociRuntime: string | undefined;
  network: boolean;
  agentSettings: Record<string, string>;
}

export interface StartOptions extends SpecOptions {
  volumes: Volumes;
  readyTimeoutMs: number;
}

/**
 * Makes and starts a sandbox's container, waits for its agent and lets the entrypoint go. Returns the engine's word on the
 * start, by which a later one is told apart.
 * @throws ApiError with the reason and the last words of the container
 */
export async function start(runtime: Runtime, row: SandboxRow, options: StartOptions): Promise<string> {
  const attached = await options.volumes.attach(row.id);
  try {
    return await startWith(runtime, row, options, attached);
  } finally {
    await attached.close();
  }
}

/**
 * Starts the container of a sandbox that was stopped, with the files that it has. As above; on failure nothing runs in it.
 * @throws ApiError as above
 */
export async function startAgain(
  runtime: Runtime,
  row: SandboxRow,
  { volumes, readyTimeoutMs }: Pick<StartOptions, 'volumes' | 'readyTimeoutMs'>,
): Promise<string> {
  const attached = await volumes.attach(row.id);
  try {
    return await begin(runtime, row, readyTimeoutMs, attached);
  } catch (error) {
    // Where that fails too, reconcile does it.
    await runtime.stop(row.id, 0).catch(() => undefined);
    throw error;
  } finally {
    await attached.close();
  }
}

async function startWith(
  runtime: Runtime,
  row: SandboxRow,
  options: StartOptions,
  attached: Attached,
): Promise<string> {
  await runtime.create(specOf(row, options, attached));
  return begin(runtime, row, options.readyTimeoutMs, attached);
}

/** Starts a container that is there. */
async function begin(runtime: Runtime, row: SandboxRow, readyTimeoutMs: number, attached: Attached): Promise<string> {
  await runtime.start(row.id).catch(async (error: ApiError) => {
    if (error.code === 'DOCKER::SANDBOX_NOT_FOUND') throw await failed(runtime, row, describeEnd(undefined));
    throw error.code === 'DOCKER::SANDBOX_START_FAILED' ? await failed(runtime, row, error.message) : error;
  });
  // Before anything of the user's runs.
  await attached.verify();
  await letGo(runtime, row, readyTimeoutMs);
  const facts = await runtime.inspect(row.id);
  // One that ended at once is not a sandbox, whoever was faster: its end or the agent's answer.
  if (!facts || facts.state === 'exited') throw await failed(runtime, row, describeEnd(facts));
  return facts.startedAt;
}

/** What the container of a row is made of. */
export function specOf(
  row: SandboxRow,
  { env, image, ociRuntime, network, agentSettings }: SpecOptions,
  { mounts }: Pick<Attached, 'mounts'>,
): ContainerSpec {
  const imageSaysHome = image.env.some((entry) => entry.startsWith('HOME='));
  const keepHome = imageSaysHome || env.HOME !== undefined;
  const isRoot = /^(0|root)?(:|$)/.test(image.user);
  return {
    id: row.id,
    image: row.image,
    profile: row.profile,
    ociRuntime,
    entrypoint: row.entrypoint,
    env,
    keepHome,
    user: row.profile === 'hardened' && isRoot ? unprivileged : image.user,
    workdir: image.workdir || (row.profile === 'hardened' ? workspace : '/'),
    token: row.token,
    limits: row.limits,
    network,
    mounts,
    settings: { ...agentSettings, ...(keepHome ? { CUBBY_KEEP_HOME: '1' } : {}) },
  };
}

/** Knocks until the agent has started the entrypoint; of what was a member of a pool, the one that its claim says. */
function letGo(runtime: Runtime, row: SandboxRow, timeoutMs: number): Promise<void> {
  const body = row.claim && { entrypoint: row.entrypoint, ...row.claim };
  return reach(runtime, row, { method: 'POST', path: '/entrypoint', body }, timeoutMs);
}

/** Calls the agent of a container that was just started, as soon as it listens. @throws ApiError with the last words of the container */
export async function reach(
  runtime: Runtime,
  row: Pick<SandboxRow, 'id' | 'token'>,
  call: Omit<AgentCall, 'signal'>,
  timeoutMs: number,
): Promise<void> {
  const signal = AbortSignal.timeout(timeoutMs);
  let looked = performance.now();
  for (;;) {
    try {
      await callAgent(runtime, row, { ...call, signal });
      return;
    } catch (error) {
      const unreachable = error instanceof ApiError && error.code === 'AGENT_UNREACHABLE';
      if (!unreachable) throw await failed(runtime, row, (error as Error).message);
      if (signal.aborted)
        throw await failed(
          runtime,
          row,
          `its agent did not answer within ${timeoutMs} ms`,
          'DOCKER::SANDBOX_EXECD_START_FAILED',
        );
      if (performance.now() - looked > lookMs) {
        looked = performance.now();
        const facts = await runtime.inspect(row.id);
        if (!facts || facts.state === 'exited') throw await failed(runtime, row, describeEnd(facts));
      }
    }
    await delay(knockMs);
  }
}

function describeEnd(facts: ContainerFacts | undefined): string {
  if (!facts) return 'its container was removed';
  if (facts.outOfMemory) return 'it ran out of memory';
  const ended = `it ended at once, with exit code ${facts.exitCode}`;
  // What a shell does that has nobody to talk to: the entrypoint of many an image.
  return facts.exitCode === 0 ? `${ended} (its entrypoint has to run for as long as it shall live)` : ended;
}

async function failed(
  runtime: Runtime,
  row: Pick<SandboxRow, 'id'>,
  reason: string,
  code: ErrorCode = 'DOCKER::SANDBOX_START_FAILED',
): Promise<ApiError> {
  const lastWords = await runtime.logs(row.id, { tail: 10 }).then(
    ({ text }) => text.trim(),
    () => '',
  );
  const said = lastWords ? ` Its last words: ${lastWords.slice(-1000)}` : '';
  return new ApiError(code, `The sandbox did not start: ${reason}.${said}`);
}
