import type { ErrorCode } from './errors.ts';
import { volumeErrors, volumeWishErrors } from './volumes.ts';

/** What is asked for can't be had, as can be said before anything is made. */
const wishErrors = [
  'SANDBOX::INVALID_PARAMETER',
  'SANDBOX::INVALID_METADATA_LABEL',
  'SANDBOX::API_NOT_SUPPORTED',
  'SANDBOX::RUNTIME_NOT_AVAILABLE',
  'DOCKER::INVALID_ENTRYPOINT',
  'DOCKER::SANDBOX_IMAGE_PULL_FAILED',
  'SNAPSHOT::NOT_FOUND',
  'SNAPSHOT::NOT_READY',
  'SNAPSHOT::INVALID_RESTORE_CONFIG',
] as const satisfies readonly ErrorCode[];

const engineErrors = ['ENGINE_UNAVAILABLE', 'ENGINE_TIMEOUT'] as const satisfies readonly ErrorCode[];

/** What a template is refused with: what a sandbox would be. */
export const checkingErrors = [
  'INVALID_TEMPLATE_NAME',
  ...wishErrors,
  ...volumeWishErrors,
  ...engineErrors,
] as const satisfies readonly ErrorCode[];

/** What whoever has a sandbox made may be told, by whichever route. */
export const makingErrors = [
  ...wishErrors,
  'INVALID_TEMPLATE_NAME',
  'TEMPLATE_NOT_FOUND',
  'TEMPLATE_NOT_READY',
  'TEMPLATE_BUILD_FAILED',
  ...volumeErrors,
  'DOCKER::SANDBOX_START_FAILED',
  'DOCKER::SANDBOX_EXECD_START_FAILED',
  'NETWORK_RULES_FAILED',
  'CAPACITY_EXCEEDED',
  ...engineErrors,
] as const satisfies readonly ErrorCode[];
