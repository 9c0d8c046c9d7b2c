/** Header fields as they travel: name, value, name, value, with the sender's spelling, order and repetitions. */
export type HeaderList = string[];

/** Fields that are about one connection (RFC 9110, section 7.6.1) and must not go on to the next. */
const hopByHop = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
]);

/** Fields that a sender can't have taken away by naming them in Connection: without them a message means another thing. */
const protectedFields = new Set(['content-length', 'host', 'authorization', 'cookie', 'x-forwarded-for']);

/**
 * The fields of a message that concern its final receiver: without those about the connection, those that Connection names,
 * and those the caller wants dropped (in lower case).
 */
export function endToEndHeaders(raw: readonly string[], drop?: ReadonlySet<string>): HeaderList {
  const nominated = nominatedBy(raw);
  const kept: HeaderList = [];
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i]!.toLowerCase();
    if (hopByHop.has(name) || drop?.has(name) || nominated?.has(name)) continue;
    kept.push(raw[i]!, raw[i + 1]!);
  }
  return kept;
}

/** What Connection names, beyond the fields that are left out anyway. Most messages name nothing else. */
function nominatedBy(raw: readonly string[]): Set<string> | undefined {
  const names = new Set<string>();
  for (let i = 0; i + 1 < raw.length; i += 2) {
    if (raw[i]!.toLowerCase() !== 'connection') continue;
    for (const part of raw[i + 1]!.split(',')) {
      const name = part.trim().toLowerCase();
      if (!hopByHop.has(name) && !protectedFields.has(name)) names.add(name);
    }
  }
  return names.size > 0 ? names : undefined;
}
