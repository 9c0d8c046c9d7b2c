import { ApiError } from '../../shared/api/errors.ts';
import { isMetadataKey, isMetadataValue } from '../../shared/api/sandboxes.ts';

/** What a patch says of a key: its new value, or null to take it away. */
export type MetadataPatch = Record<string, string | null>;

/** More would be data, which has its place in files. */
const mostKeys = 256;

/**
 * Metadata that may be kept: keys and values that Kubernetes would take as labels.
 * @throws ApiError `SANDBOX::INVALID_METADATA_LABEL` that names the key
 */
export function checkedMetadata(metadata: Record<string, string>): Record<string, string> {
  const entries = Object.entries(metadata);
  for (const [key, value] of entries) {
    if (!isMetadataKey(key) || !isMetadataValue(value)) throw notALabel(key);
  }
  if (entries.length > mostKeys) throw tooMany(entries.length);
  return metadata;
}

/**
 * JSON merge patch (RFC 7396) of flat objects: a value adds or replaces, null takes away, whether it was there or not; what
 * isn't named stays.
 * @throws ApiError `SANDBOX::INVALID_METADATA_LABEL` that names the key
 */
export function patchedMetadata(metadata: Record<string, string>, patch: MetadataPatch): Record<string, string> {
  for (const [key, value] of Object.entries(patch)) {
    if (!isMetadataKey(key) || !isMetadataValue(value ?? '')) throw notALabel(key);
  }
  const merged = Object.entries({ ...metadata, ...patch }).filter((entry): entry is [string, string] => {
    return entry[1] !== null;
  });
  return checkedMetadata(Object.fromEntries(merged));
}

function notALabel(key: string): ApiError {
  const field = `metadata.${key.slice(0, 100)}`;
  return new ApiError('SANDBOX::INVALID_METADATA_LABEL', `${field}: not a Kubernetes label`, {
    field,
    expected: 'a key and a value that Kubernetes would take as a label, the prefix opensandbox.io/ excepted',
  });
}

function tooMany(count: number): ApiError {
  const expected = `at most ${mostKeys} keys`;
  return new ApiError('SANDBOX::INVALID_METADATA_LABEL', `metadata: expected ${expected}, got ${count}`, {
    field: 'metadata',
    expected,
  });
}
