import { ApiError } from '../../../shared/api/errors.ts';
import type { Policy } from '../../network/policies/policy.ts';
import type { ContainerSpec } from '../runtime.ts';

/** The one image: this machine. */
export const hostImage = 'host';

/** @throws ApiError `SANDBOX::INVALID_PARAMETER` for any other image */
export function refuseImage(uri: string): void {
  if (uri === hostImage) return;
  const expected = `"${hostImage}", which means this machine: the host runtime has no images`;
  throw new ApiError('SANDBOX::INVALID_PARAMETER', `image.uri: expected ${expected}, got ${uri.slice(0, 100)}`, {
    field: 'image.uri',
    expected,
  });
}

/**
 * Refuses what a process without isolation can't be given: leaving it out in silence would leave the caller with less than it asked for.
 * @throws ApiError `SANDBOX::API_NOT_SUPPORTED`
 */
export function refuseWishes(spec: ContainerSpec, policy: Policy | 'none' | undefined): void {
  const refuse = (field: string, what: string): never => {
    throw new ApiError('SANDBOX::API_NOT_SUPPORTED', `${field}: ${what} can’t be had of the host runtime`, { field });
  };
  if (spec.profile === 'hardened') refuse('extensions.cubby.profile', 'the hardened profile');
  if (spec.mounts.length > 0) refuse('volumes', 'a volume');
  if (!spec.network) refuse('network.enabled', 'a sandbox without a network');
  if (policy !== undefined && policy !== 'none') refuse('networkPolicy', 'a network policy');
}

/** For calls that this runtime has no answer to. */
export function notSupported(what: string, field?: string): ApiError {
  const message = `The host runtime has no ${what}: sandboxes are plain processes of this machine.`;
  return new ApiError('SANDBOX::API_NOT_SUPPORTED', message, { field });
}
