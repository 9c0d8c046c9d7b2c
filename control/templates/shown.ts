import type { Template } from '../../shared/api/templates.ts';
import type { TemplateRow } from './store.ts';

/** A version as the API shows it. What variables are set to may be secret. */
export function shown({ name, version, spec, createdAt, changedAt }: TemplateRow): Template {
  const { image, env, ...rest } = spec;
  return {
    name,
    version,
    createdAt: new Date(createdAt).toISOString(),
    updatedAt: new Date(changedAt).toISOString(),
    ...(image && { image: { uri: image.uri } }),
    ...rest,
    ...(env && { env: Object.keys(env) }),
  };
}
