import { createHash } from 'node:crypto';
import type { CreateSandboxRequest } from '../../shared/api/sandboxes.ts';

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
