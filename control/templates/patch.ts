type Json = Record<string, unknown>;

/**
 * JSON merge patch (RFC 7396): objects are patched by key, null takes a key away, any other value takes the place of what was. Keys
 * that objects of the language have by themselves are keys like any other.
 */
export function patched(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const result = new Map(isObject(target) ? Object.entries(target) : []);
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) result.delete(key);
    else result.set(key, patched(result.get(key), value));
  }
  return Object.fromEntries(result);
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
