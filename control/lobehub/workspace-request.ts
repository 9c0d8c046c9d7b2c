import type { CreateSandboxRequest } from '../../shared/api/sandboxes.ts';

/** What the workspace of a LobeHub user is made with, as the administrator decided it. */
export function workspaceRequest({
  image,
  template,
}: {
  image: string;
  template?: string | undefined;
}): CreateSandboxRequest {
  return template === undefined ? { image: { uri: image }, entrypoint: ['sleep', 'infinity'] } : { template };
}
