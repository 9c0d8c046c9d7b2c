import type { TemplateSpec } from '../../shared/api/templates.ts';
import { normalPackages } from './packages/key.ts';

/**
 * A template as it is kept: without what opens a registry, which is used once, for the image is there then; and without nulls, which say
 * nothing but in an environment.
 */
export function kept({ image, env, packages: asked, ...rest }: TemplateSpec): TemplateSpec {
  const packages = normalPackages(asked);
  return {
    ...(image && { image: { uri: image.uri } }),
    ...(withoutNulls(rest) as TemplateSpec),
    ...(env && { env }),
    ...(packages && { packages }),
  };
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, inner]) => inner != null);
  return Object.fromEntries(entries.map(([key, inner]) => [key, withoutNulls(inner)]));
}
