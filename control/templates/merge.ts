import type { CreateSandboxRequest } from '../../shared/api/sandboxes.ts';
import type { TemplateSpec } from '../../shared/api/templates.ts';

/** Name of the extension that says the profile. */
const profileExtension = 'cubby.profile';
/** Objects of which the request's keys lie over the template's. Every other value takes the template's place whole. */
const byKey = ['env', 'metadata', 'resourceLimits', 'extensions', 'kernels'] as const;

/**
 * What a request comes to with its template: its own fields lie over the template's. What is null, or a policy without anything in
 * it, was not said. An image and a snapshot are two answers to one question: either takes the place of both.
 */
export function merged(
  { pool: _, packages: __, ...template }: TemplateSpec,
  request: CreateSandboxRequest,
): CreateSandboxRequest {
  const { template: ___, ...own } = said(folded(request));
  const base = said(folded(template));
  const origin = own.image || own.snapshotId ? { image: undefined, snapshotId: undefined } : {};
  const result: CreateSandboxRequest = { ...base, ...origin, ...own };
  for (const field of byKey) {
    if (base[field] && own[field])
      Object.assign(result, { [field]: { ...base[field], ...withoutUnsaid(field, own[field]) } });
  }
  return result;
}

/** The profile in its own field, wherever it was said. */
function folded<T extends CreateSandboxRequest>(request: T): T {
  const { [profileExtension]: profile, ...extensions } = request.extensions ?? {};
  if (profile === undefined) return request;
  return { ...request, extensions, profile: request.profile ?? profile };
}

function said<T extends CreateSandboxRequest>(request: T): T {
  const isSaid = ([field, value]: [string, unknown]) =>
    value != null && !(field === 'networkPolicy' && Object.values(value).every((one) => one == null));
  return Object.fromEntries(Object.entries(request).filter(isSaid)) as T;
}

/** A null in an environment takes a variable out; elsewhere it says nothing. */
function withoutUnsaid(field: (typeof byKey)[number], values: object): object {
  if (field === 'env') return values;
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value != null));
}
