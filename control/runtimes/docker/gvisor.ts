import type { HostConfig } from 'dockerode';
import { ApiError } from '../../../shared/api/errors.ts';
import type { Limits, Profile } from '../runtime.ts';
import { limitSettings } from './profile.ts';

/** gVisor's kernel and file server are in the sandbox's cgroup: with less memory they are ended before the agent is up. */
const leastMemory = 128 * 1024 * 1024;
/**
 * What the engine's limit of processes counts of gVisor are threads of its kernel on the machine: some hundred of its own, and one
 * or two for each of the user's. Short of them it ends as a whole.
 */
const ownThreads = 512;

/** The limits of a sandbox under gVisor, with room for gVisor itself. @throws ApiError `SANDBOX::INVALID_PARAMETER` for too little memory */
export function gvisorLimits(profile: Profile, limits: Limits): HostConfig {
  if (limits.memory !== undefined && limits.memory < leastMemory) {
    const field = 'resourceLimits.memory';
    const expected = 'at least 128Mi under gVisor, whose own kernel counts';
    throw new ApiError('SANDBOX::INVALID_PARAMETER', `${field}: expected ${expected}`, { field, expected });
  }
  const { PidsLimit, ...others } = limitSettings(profile, limits);
  return { ...others, PidsLimit: 2 * (PidsLimit ?? 0) + ownThreads };
}
