import type { ImageInspectInfo } from 'dockerode';
import { ApiError } from '../../../shared/api/errors.ts';
import { draftLabel, snapshotLabel, snapshotRepository } from './names.ts';

/**
 * Refuses a name that leads the engine to the repository of snapshots, there or not: what is in it may be of another store, or
 * somebody's files. `docker.io`, `index.docker.io` and `library` are what the engine adds to a short name, or takes away.
 * @throws ApiError `SANDBOX::INVALID_PARAMETER`
 */
export function refuseSnapshotName(name: string): void {
  if (isSnapshots(name)) throw refused();
}

/**
 * Refuses an image that is a snapshot's, or a draft of one, whatever it was asked for by: its id, a part of that, or a name beside its
 * own. The label alone is no proof, since an image that is built upon a snapshot's inherits it; but such an image has names of
 * its own only.
 * @throws ApiError `SANDBOX::INVALID_PARAMETER`
 */
export function refuseSnapshot({ Config, RepoTags }: Pick<ImageInspectInfo, 'RepoTags'> & { Config?: unknown }): void {
  const labels = (Config as { Labels?: Record<string, string> | null } | null | undefined)?.Labels ?? {};
  const tags = RepoTags ?? [];
  const isNameless = tags.length === 0 && Boolean(labels[snapshotLabel] || labels[draftLabel]);
  if (isNameless || tags.some((tag) => isSnapshots(tag.replace(/:[^:/]*$/, '')))) throw refused();
}

function isSnapshots(name: string): boolean {
  const short = name.toLowerCase().replace(/^(index\.)?docker\.io\//, '');
  return short.replace(/^library\//, '') === snapshotRepository;
}

function refused(): ApiError {
  const [field, expected] = ['image.uri', 'an image; a snapshot is asked for by snapshotId'];
  const message = `${field}: expected ${expected}`;
  return new ApiError('SANDBOX::INVALID_PARAMETER', message, { field, expected });
}
