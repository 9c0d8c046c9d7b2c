import type { Template } from '../../shared/api/templates.ts';
import type { BuildRow } from './packages/store.ts';
import type { TemplateRow } from './store.ts';

/** A build, and the last lines of it where they are to be told. */
export type ShownBuild = BuildRow & { log?: string[] };

/** A version as the API shows it, with how far its packages are. What variables are set to may be secret. */
export function shown({ name, version, spec, createdAt, changedAt }: TemplateRow, build?: ShownBuild): Template {
  const { image, env, ...rest } = spec;
  return {
    name,
    version,
    createdAt: new Date(createdAt).toISOString(),
    updatedAt: new Date(changedAt).toISOString(),
    ...(image && { image: { uri: image.uri } }),
    ...rest,
    ...(env && { env: Object.keys(env) }),
    ...(build && {
      build: {
        state: build.state,
        message: build.message,
        changedAt: new Date(build.changedAt).toISOString(),
        ...(build.log && { log: build.log }),
      },
    }),
  };
}
