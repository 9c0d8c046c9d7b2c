import { existsSync, mkdirSync } from 'node:fs';
import { ApiError } from '../../../shared/api/errors.ts';
import type { ContainerSpec } from '../runtime.ts';
import type { Made } from './find.ts';
import type { HostOptions } from './options.ts';
import { placeOf } from './place.ts';
import { writeRecord } from './records.ts';
import { refuseImage, refuseWishes } from './refuse.ts';

/** Makes a sandbox's directory, for its owner alone, and writes down what it is to be. Nothing runs yet. */
export function create({ directory, policyOf }: HostOptions, spec: ContainerSpec): void {
  refuseImage(spec.image);
  refuseWishes(spec, policyOf(spec.id));
  const place = placeOf(directory, spec.id);
  if (existsSync(place.spec)) {
    throw new ApiError('DOCKER::SANDBOX_START_FAILED', `sandbox ${spec.id} has a directory already`);
  }
  mkdirSync(place.home, { recursive: true, mode: 0o700 });
  writeRecord(place.spec, { spec, createdAt: new Date().toISOString() } satisfies Made);
}
