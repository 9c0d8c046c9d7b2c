import { ApiError } from '../../shared/api/errors.ts';
import type { CreateSandboxRequest } from '../../shared/api/sandboxes.ts';
import { parsePolicy } from '../network/policies/policy.ts';
import type { Limits, Policy, Profile } from '../runtimes/runtime.ts';
import { invalid } from './invalid.ts';
import { limitsOf } from './limits.ts';
import { checkedMetadata } from './metadata.ts';
import type { IdleTimes } from './tiers.ts';

/** What the administrator decided about every sandbox. */
export interface SandboxDefaults {
  profile: Profile;
  /** Bytes, processors. */
  memory: number;
  cpu: number;
  maxMemory: number | undefined;
  maxCpu: number | undefined;
  /** Bytes; 0: no limit. */
  disk: number;
  maxDisk: number | undefined;
  /** Of the engine's machine; undefined: not known. */
  processors: number | undefined;
  /** Those that a request may ask for. */
  ociRuntimes: readonly string[];
  pids: { standard: number; hardened: number };
  /** Bytes of output history at most. */
  spool: number;
  maxTimeoutSeconds: number | undefined;
  /** After so long each ends, whatever renewals say; undefined: none does. */
  maxLifetimeSeconds: number | undefined;
  /** What becomes of sandboxes that nobody uses. */
  idle: IdleTimes;
}

/** Names that only Cubby gives a meaning to. */
const reservedVariables = new Set(['CUBBY_TOKEN']);
/** What a request asks for, with the administrator's word where it says nothing. */
export interface Wish {
  profile: Profile;
  limits: Limits;
  metadata: Record<string, string>;
  platform: { os: string; arch: string } | undefined;
  env: Record<string, string>;
  policy: Policy | undefined;
}

/** Name of the extension that says which OCI runtime runs the sandbox. */
const runtimeExtension = 'cubby.runtime';

/** The OCI runtime that was asked for; undefined: the usual one. Never another in its place. @throws ApiError `SANDBOX::RUNTIME_NOT_AVAILABLE` */
export function ociRuntimeOf(
  { extensions }: CreateSandboxRequest,
  { ociRuntimes }: SandboxDefaults,
): string | undefined {
  const name = extensions?.[runtimeExtension];
  if (name === undefined || ociRuntimes.includes(name)) return name;
  const field = `extensions.${runtimeExtension}`;
  const expected =
    ociRuntimes.length === 0 ? 'none: sandboxes here have no OCI runtime' : `one of ${ociRuntimes.join(', ')}`;
  const message = `${field}: expected ${expected}, got ${JSON.stringify(name.slice(0, 100))}`;
  throw new ApiError('SANDBOX::RUNTIME_NOT_AVAILABLE', message, { field, expected });
}

/** Checks a request as far as that goes without its image. @throws ApiError that names the field */
export function wishOf(request: CreateSandboxRequest, defaults: SandboxDefaults): Wish {
  refuseUnsupported(request);
  const profile = profileOf(request, defaults);
  return {
    profile,
    limits: limitsOf(request, profile, defaults),
    metadata: checkedMetadata(request.metadata ?? {}),
    platform: platformOf(request),
    env: environmentOf(request),
    policy: policyOf(request),
  };
}

/** @throws ApiError `DOCKER::INVALID_ENTRYPOINT` where neither request nor what it is made from say what to run */
export function entrypointOf(request: CreateSandboxRequest, usual: string[]): string[] {
  const entrypoint = request.entrypoint ?? usual;
  if (entrypoint.length > 0 && entrypoint[0] !== '') return entrypoint;
  throw new ApiError('DOCKER::INVALID_ENTRYPOINT', 'entrypoint: the image has none, so the request has to name one', {
    field: 'entrypoint',
    expected: 'a program and its arguments',
  });
}

/** Refuses what can't be honoured: ignoring it would leave the caller with less than it asked for. */
function refuseUnsupported(request: CreateSandboxRequest): void {
  const refuse = (field: string, what: string): never => {
    throw new ApiError('SANDBOX::API_NOT_SUPPORTED', `${field}: ${what} can’t be had here`, { field });
  };
  if (request.credentialProxy?.enabled) refuse('credentialProxy', 'credential injection');
  if (request.secureAccess) refuse('secureAccess', 'gateway access (every endpoint here asks for a secret anyway)');
  if (request.templateId) refuse('templateId', 'a template of virtual machines');
  if (request.extensions?.poolRef) refuse('extensions.poolRef', 'a pool');
  const { preStart, periodic } = request.lifecycle ?? {};
  if (preStart || periodic?.length) refuse('lifecycle', 'commands that run by themselves');
  if (request.resourceLimits?.gpu) refuse('resourceLimits.gpu', 'a GPU');
}

/**
 * The policy that was asked for. An empty object means none, says the protocol. It is looked at whatever the network is: a policy
 * never opens anything that is closed. @throws ApiError `SANDBOX::INVALID_PARAMETER`
 */
function policyOf({ networkPolicy }: CreateSandboxRequest): Policy | undefined {
  if (!networkPolicy || Object.values(networkPolicy).every((value) => value == null)) return undefined;
  return parsePolicy(networkPolicy, { code: 'SANDBOX::INVALID_PARAMETER', field: 'networkPolicy.' });
}

/** The profile that was asked for, or the usual one. @throws ApiError `SANDBOX::INVALID_PARAMETER` */
function profileOf(request: CreateSandboxRequest, defaults: SandboxDefaults): Profile {
  const profile = request.profile ?? request.extensions?.['cubby.profile'] ?? defaults.profile;
  if (profile === 'standard' || profile === 'hardened') return profile;
  throw invalid(request.profile == null ? 'extensions.cubby.profile' : 'profile', 'standard or hardened', profile);
}

/** The request's environment; a null takes a variable out. @throws ApiError `SANDBOX::INVALID_PARAMETER` */
function environmentOf(request: CreateSandboxRequest): Record<string, string> {
  const entries = Object.entries(request.env ?? {}).filter((entry): entry is [string, string] => entry[1] !== null);
  for (const [name] of entries) {
    if (reservedVariables.has(name)) throw invalid(`env.${name}`, 'another name: this one is Cubby’s own', name);
  }
  return Object.fromEntries(entries);
}

/** ms since the epoch, undefined: lives until it is deleted. @throws ApiError `SANDBOX::INVALID_PARAMETER` */
export function expiryOf(request: CreateSandboxRequest, defaults: SandboxDefaults, now: number): number | undefined {
  const { maxTimeoutSeconds: max } = defaults;
  const timeout = request.timeout ?? undefined;
  if (max !== undefined && timeout !== undefined && timeout > max)
    throw invalid('timeout', `at most ${max} seconds`, timeout);
  const seconds = timeout ?? max;
  return seconds === undefined ? undefined : now + seconds * 1000;
}

/** Name of the extension, and the seconds that it may say: five minutes to a day. */
const renewExtension = 'access.renew.extend.seconds';
const renewRange = { least: 300, most: 86_400 };

/** How far each touch puts its end off; undefined: not at all. @throws ApiError `SANDBOX::INVALID_PARAMETER` */
export function renewSecondsOf({ extensions }: CreateSandboxRequest): number | undefined {
  const text = extensions?.[renewExtension];
  if (text === undefined) return undefined;
  const { least, most } = renewRange;
  const seconds = /^\s*\d{1,9}\s*$/.test(text) ? Number(text) : Number.NaN;
  if (seconds >= least && seconds <= most) return seconds;
  throw invalid(`extensions.${renewExtension}`, `a whole number of seconds from ${least} to ${most}`, text);
}

/** @throws ApiError `SANDBOX::INVALID_PARAMETER` for a machine that isn't this one */
function platformOf(request: CreateSandboxRequest): { os: string; arch: string } | undefined {
  const { platform } = request;
  if (!platform) return undefined;
  const arch = process.arch === 'x64' ? 'amd64' : process.arch;
  if (platform.os !== 'linux') throw invalid('platform.os', 'linux', platform.os);
  if (platform.arch !== arch) throw invalid('platform.arch', arch, platform.arch);
  return { os: platform.os, arch: platform.arch };
}
