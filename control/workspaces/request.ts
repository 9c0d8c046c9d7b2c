import { createHash } from 'node:crypto';
import { ApiError } from '../../shared/api/errors.ts';
import type { CreateSandboxRequest } from '../../shared/api/sandboxes.ts';
import type { EnsureWorkspaceRequest } from '../../shared/api/workspaces.ts';

/** What a sandbox is asked for with; undefined where nothing was said. @throws ApiError `SANDBOX::API_NOT_SUPPORTED` */
export function sandboxRequestOf(request: EnsureWorkspaceRequest): CreateSandboxRequest | undefined {
  if (!request) return undefined;
  const { template, ...sandbox } = request;
  if (template !== undefined && template !== null) {
    throw new ApiError('SANDBOX::API_NOT_SUPPORTED', 'template: a template can’t be had here', { field: 'template' });
  }
  return sandbox;
}

/** A request as it is kept. What opens a registry is not: the image is there by then. */
export function withoutCredentials(request: CreateSandboxRequest): CreateSandboxRequest {
  const { image } = request;
  return image ? { ...request, image: { uri: image.uri } } : request;
}

/** Tells requests apart in a few letters. */
export function wordsOf(request: CreateSandboxRequest | undefined): string {
  return createHash('sha256')
    .update(JSON.stringify(request) ?? '')
    .digest('base64url');
}
