import { ApiError } from '../../shared/api/errors.ts';

interface Asked {
  method: string;
  headers: Record<string, unknown>;
  params: unknown;
  body: unknown;
}

/**
 * OpenSandbox has templates of its own at the same path, on Kubernetes only: images of small virtual machines. What its clients ask
 * is told by an id that no template here has, by a field that theirs must have, or by what the client calls itself.
 * @throws ApiError `FSB::API_NOT_SUPPORTED`
 */
export function refuseVirtualMachines({ method, headers, params, body }: Asked): void {
  const { name = '' } = (params ?? {}) as { name?: string };
  const isTheirs =
    name.startsWith('tpl_') ||
    (method === 'POST' && typeof body === 'object' && body !== null && 'publish' in body) ||
    (method === 'GET' && name === '' && /^OpenSandbox-/i.test(String(headers['user-agent'] ?? '')));
  if (isTheirs)
    throw new ApiError('FSB::API_NOT_SUPPORTED', 'There are templates of virtual machines on Kubernetes only.');
}
