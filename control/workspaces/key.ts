import { ApiError } from '../../shared/api/errors.ts';

/** Whose workspace it is: a user, or what else the host application calls so, and who says so. */
export interface WorkspaceKey {
  /** Names a host application. */
  issuer: string;
  /** The host application's own id for whoever it is, byte by byte. */
  subject: string;
}

/** As much as a DNS label, in one case: the first colon of a key ends it. */
const issuerShape = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
/** Bytes of UTF-8. An e-mail address has 254 at most. */
const longestSubject = 255;
/** An issuer and a subject of the greatest length, percent-encoded. */
const longestSegment = 3 * (63 + 1 + longestSubject);
/** What a path's segment may have as it is (RFC 3986). Without `+`, which a part of the clients means a space by. */
const segmentShape = /^(?:[\w\-.~!$&'()*,;=:@]|%[0-9a-f]{2})+$/i;

/**
 * Reads a key from a URL's path, as it is on the wire: decoded once, never changed. What two programs on the way could take for
 * two different keys, or two keys for one, is refused.
 * @throws ApiError `INVALID_WORKSPACE_KEY`
 */
export function keyIn(segment: string): WorkspaceKey {
  if (segment.length > longestSegment) throw invalid(`at most ${longestSegment} characters`);
  if (!segmentShape.test(segment)) {
    throw invalid('a percent-encoded key, with %2B for a plus sign, %20 for a space and %2F for a slash');
  }
  const text = decoded(segment);
  if (!text.includes(':')) throw invalid('issuer:subject');
  return checkedKey(partsOfKey(text));
}

/** A key that was put together elsewhere, when it is one that a path may have. @throws ApiError `INVALID_WORKSPACE_KEY` */
export function checkedKey({ issuer, subject }: WorkspaceKey): WorkspaceKey {
  requireIssuer(issuer);
  const expected = expectedOf(subject);
  if (expected !== undefined) throw invalid(expected);
  return { issuer, subject };
}

/** A text at its first colon, whether it is a key or not; without one, all of it is the issuer. */
export function partsOfKey(text: string): WorkspaceKey {
  const [issuer = '', ...rest] = text.split(':');
  return { issuer, subject: rest.join(':') };
}

/** The key in one text: no two keys have the same. */
export function nameOf({ issuer, subject }: WorkspaceKey): string {
  return `${issuer}:${subject}`;
}

/** The name of an issuer. @throws ApiError `INVALID_WORKSPACE_KEY` */
export function requireIssuer(text: string): void {
  if (!isIssuer(text)) {
    throw invalid('an issuer of 1 to 63 lower-case letters, digits and hyphens in front of the first colon');
  }
}

/** True for what may name an issuer. */
export function isIssuer(text: string): boolean {
  return issuerShape.test(text);
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw invalid('percent-encoded UTF-8');
  }
}

/** What a subject should have been; undefined where it is as it should be. */
function expectedOf(subject: string): string | undefined {
  if (subject === '') return 'a subject behind the colon';
  if (Buffer.byteLength(subject) > longestSubject) return `a subject of at most ${longestSubject} bytes`;
  // What has no meaning in Unicode yet has no normal form that lasts either.
  if (/\p{C}/u.test(subject)) return 'a subject without control, invisible and unassigned characters';
  if (subject.includes('\ufffd')) return 'a subject without U+FFFD, which stands for what was lost';
  if (/[^\P{Z} ]/u.test(subject) || /^ | $/.test(subject)) {
    return 'a subject without spaces at its ends, and without any but the plain one';
  }
  if (subject !== subject.normalize('NFC')) return 'a subject in Unicode’s normal form C';
  // Decoded once too often it would be another key.
  if (subject.includes('%')) return 'a subject without percent signs; one that was encoded twice has them';
  if (/(^|\/)\.{0,2}(\/|$)/.test(subject)) return 'a subject without empty parts, . and .. between its slashes';
  return undefined;
}

function invalid(expected: string): ApiError {
  return new ApiError('INVALID_WORKSPACE_KEY', `key: expected ${expected}`, { field: 'key', expected });
}

/** A key as it stands in a body. @throws ApiError `INVALID_WORKSPACE_KEY` */
export function keyOf(text: string): WorkspaceKey {
  if (!text.includes(':')) throw invalid('issuer:subject');
  return checkedKey(partsOfKey(text));
}
