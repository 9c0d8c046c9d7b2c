/** Limits of Linux, in bytes: PATH_MAX with its NUL, and NAME_MAX. */
const longestPath = 4095;
const longestName = 255;

/**
 * The names that a path consists of: `/a//b/` and `a/b` are both `['a', 'b']`. Undefined where it has `..`, a control
 * character or no proper text in it, or is longer than a path can be.
 */
export function namesOf(path: string): string[] | undefined {
  if (!path.isWellFormed() || /\p{Cc}/u.test(path) || Buffer.byteLength(path) > longestPath) return undefined;
  const names = path.split('/').filter((name) => name !== '' && name !== '.');
  const fit = names.every((name) => name !== '..' && Buffer.byteLength(name) <= longestName);
  return fit ? names : undefined;
}

/** The names put together again. */
export function pathOf(names: readonly string[]): string {
  return `/${names.join('/')}`;
}

/** True when `inner` is `outer`, or below it. Both absolute and clean. */
export function isWithin(inner: string, outer: string): boolean {
  return inner === outer || outer === '/' || inner.startsWith(`${outer}/`);
}

/** As much of a caller's text as a message bears. */
export function brief(text: string): string {
  return JSON.stringify(text.length > 100 ? `${text.slice(0, 99)}…` : text);
}
