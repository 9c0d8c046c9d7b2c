import { z } from 'zod';
import type { ErrorCode } from './errors.ts';

/** As long as a path of Linux can be; what is longer is no path. */
const text = z.string().max(4096);

/** One entry of `volumes` in a create request. What it may say beyond its shape is checked by control/volumes. */
export const Volume = z.object({
  name: text.describe('A DNS label, once per sandbox.'),
  host: z
    .object({ path: text.describe('Absolute, below one of the server’s `storage.allowed_host_paths`.') })
    .nullish()
    .describe('A directory of the host. Made when it is missing.'),
  pvc: z
    .object({
      claimName: text.describe('Name of the engine’s volume: a DNS label.'),
      createIfNotExists: z.boolean().nullish().describe('Default: true.'),
      deleteOnSandboxTermination: z
        .boolean()
        .nullish()
        .describe('Removes a volume that this request made, once the last sandbox that uses it has ended.'),
      storageClass: text.nullish().describe('Ignored on Docker.'),
      storage: text.nullish().describe('Ignored on Docker.'),
      accessModes: z.array(text).nullish().describe('Ignored on Docker.'),
    })
    .nullish()
    .describe('A named volume of the engine’s.'),
  ossfs: z.object({}).nullish().describe('Not supported: refused with `VOLUME::UNSUPPORTED_BACKEND`.'),
  mountPath: text.describe('Absolute path in the sandbox.'),
  readOnly: z.boolean().nullish().describe('Default: false.'),
  subPath: text.nullish().describe('Directory below the host path or in the volume; made when it is missing.'),
});

export type Volume = z.infer<typeof Volume>;

/** Every volume is a mount, and each is looked at before the sandbox may run. */
export const mostVolumes = 32;

/** What is wrong with volumes by themselves, whatever there is on the host and on the engine. */
export const volumeWishErrors = [
  'VOLUME::INVALID_NAME',
  'VOLUME::DUPLICATE_NAME',
  'VOLUME::INVALID_BACKEND',
  'VOLUME::UNSUPPORTED_BACKEND',
  'VOLUME::INVALID_MOUNT_PATH',
  'VOLUME::INVALID_SUB_PATH',
  'VOLUME::INVALID_HOST_PATH',
  'VOLUME::HOST_PATH_NOT_ALLOWED',
  'VOLUME::INVALID_PVC_NAME',
] as const satisfies readonly ErrorCode[];

/** What can be wrong with a volume, or go wrong with it. */
export const volumeErrors = [
  ...volumeWishErrors,
  'VOLUME::HOST_PATH_NOT_FOUND',
  'VOLUME::HOST_PATH_CREATE_FAILED',
  'VOLUME::PVC_NOT_FOUND',
  'VOLUME::PVC_NOT_ALLOWED',
  'VOLUME::PVC_INSPECT_FAILED',
  'VOLUME::PVC_SUBPATH_UNSUPPORTED_DRIVER',
] as const satisfies readonly ErrorCode[];
