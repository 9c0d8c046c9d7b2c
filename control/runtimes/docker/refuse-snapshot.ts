import type { ImageInspectInfo } from 'dockerode';
import { ApiError } from '../../../shared/api/errors.ts';
import { buildDraftLabel, draftLabel, prebuiltRepository, snapshotLabel, snapshotRepository } from './names.ts';

/**
 * Refuses a name that leads the engine to the repository of snapshots, or to that of templates' images, there or not: what is in it may be of another store, or
 * somebody's files. `docker.io`, `index.docker.io` and `library` are what the engine adds to a short name, or takes away.
 * @throws ApiError `SANDBOX::INVALID_PARAMETER`
 */
export function refuseSnapshotName(name: string): void {
  if (isOurs(name)) throw refused();
}

/**
 * Refuses an image that is a snapshot's, a template's, or a draft of one, whatever it was asked for by: its id, a part of that, or a name beside its
 * own. The label alone is no proof, since an image that is built upon a snapshot's inherits it; but such an image has names of
 * its own only.
 * @throws ApiError `SANDBOX::INVALID_PARAMETER`
 */
export function refuseSnapshot({ Config, RepoTags }: Pick<ImageInspectInfo, 'RepoTags'> & { Config?: unknown }): void {
  const labels = (Config as { Labels?: Record<string, string> | null } | null | undefined)?.Labels ?? {};
  const tags = RepoTags ?? [];
  const isDraft = Boolean(labels[snapshotLabel] || labels[draftLabel] || labels[buildDraftLabel]);
  if ((tags.length === 0 && isDraft) || tags.some((tag) => isOurs(tag.replace(/:[^:/]*$/, '')))) throw refused();
}

function isOurs(name: string): boolean {
  const short = name.toLowerCase().replace(/^(index\.)?docker\.io\//, '');
  return [snapshotRepository, prebuiltRepository].includes(short.replace(/^library\//, ''));
}

function refused(): ApiError {
  const [field, expected] = [
    'image.uri',
    'an image; a snapshot is asked for by snapshotId, what a template has built by the template',
  ];
  const message = `${field}: expected ${expected}`;
  return new ApiError('SANDBOX::INVALID_PARAMETER', message, { field, expected });
}
