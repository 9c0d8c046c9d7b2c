import type { Volume } from '../../shared/api/volumes.ts';
import type { AllowedHostPaths } from './allowed-host-paths.ts';
import { mountPathOf, refuseSamePlace } from './mount-paths.ts';
import { brief, namesOf } from './paths.ts';
import { fieldOf, refusal } from './refusal.ts';
import type { Claim, VolumeRecord } from './volume.ts';

const label = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const longestName = 63;
/** As the protocol has it; the engine's own limit is that of a file's name. */
const longestClaim = 253;
/** Names that Cubby gives to volumes of its own. */
const ownPrefix = 'cubby-';

/**
 * Checks the `volumes` of a create request, as far as that goes without looking at the host or the engine, and writes them
 * down for the sandbox `id`. @throws ApiError `VOLUME::…` that names the field
 */
export function recordsOf(volumes: readonly Volume[], id: string, allowed: AllowedHostPaths): VolumeRecord[] {
  const records = volumes.map((volume, index) => recordOf(volume, index, id, allowed));
  const names = records.map(({ name }) => name);
  names.forEach((name, index) => {
    const first = names.indexOf(name);
    if (first === index) return;
    const expected = 'a name of its own';
    throw refusal('VOLUME::DUPLICATE_NAME', fieldOf(index, 'name'), { expected, found: `the one of volumes.${first}` });
  });
  refuseSamePlace(records.map(({ mountPath }) => mountPath));
  return records;
}

function recordOf(volume: Volume, index: number, id: string, allowed: AllowedHostPaths): VolumeRecord {
  const { name, host, pvc, ossfs, readOnly } = volume;
  if (name.length > longestName || !label.test(name)) {
    const expected = `a DNS label: at most ${longestName} lower-case letters, digits and hyphens`;
    throw refusal('VOLUME::INVALID_NAME', fieldOf(index, 'name'), { expected, found: brief(name) });
  }
  const backends = Object.entries({ host, pvc, ossfs }).flatMap(([backend, given]) => (given ? [backend] : []));
  if (backends.length !== 1) {
    const found = backends.join(' and ') || 'none';
    throw refusal('VOLUME::INVALID_BACKEND', fieldOf(index), { expected: 'exactly one of host, pvc, ossfs', found });
  }
  if (ossfs) {
    const expected = 'host or pvc: object storage can’t be mounted here';
    throw refusal('VOLUME::UNSUPPORTED_BACKEND', fieldOf(index, 'ossfs'), { expected, found: 'ossfs' });
  }
  const record = { name, mountPath: mountPathOf(volume.mountPath, index), readOnly: readOnly ?? false };
  const subPath = subPathOf(volume.subPath, index);
  if (host) return { ...record, host: allowed.resolve(host.path, subPath, index) };
  return { ...record, claim: claimOf(pvc!, subPath, index, id) };
}

function claimOf(pvc: NonNullable<Volume['pvc']>, subPath: string, index: number, id: string): Claim {
  const { claimName: name, createIfNotExists, deleteOnSandboxTermination } = pvc;
  // The engine wants two characters at least.
  if (name.length < 2 || name.length > longestClaim || !label.test(name) || name.startsWith(ownPrefix)) {
    const expected = `2 to ${longestClaim} lower-case letters, digits and hyphens, not ${ownPrefix} at the beginning`;
    throw refusal('VOLUME::INVALID_PVC_NAME', fieldOf(index, 'pvc.claimName'), { expected, found: brief(name) });
  }
  return { name, subPath, create: createIfNotExists ?? true, removes: deleteOnSandboxTermination ? [id] : [] };
}

function subPathOf(text: string | null | undefined, index: number): string {
  const names = namesOf(text ?? '');
  if (names && !text?.startsWith('/')) return names.join('/');
  const expected = 'a relative path without ".." and control characters';
  throw refusal('VOLUME::INVALID_SUB_PATH', fieldOf(index, 'subPath'), { expected, found: brief(text ?? '') });
}
