/** Answers that are kept for clients that may come back, of one workspace and of all. Each may be some MiB. */
export const mostOfOne = 25;
export const mostOfAll = 100;

/**
 * Which answer goes, where one more is kept than there is room for: the oldest of a workspace that has more than its share, or else of the one
 * that has most, so that nobody pushes out what others have few of. `kept`: oldest first.
 */
export function tooMuch<T extends { owner: string }>(kept: readonly T[]): T | undefined {
  const byWorkspace = [...Map.groupBy(kept, ({ owner }) => workspaceOf(owner)).values()];
  const largest = byWorkspace.reduce<T[]>((most, some) => (some.length > most.length ? some : most), []);
  return largest.length > mostOfOne || kept.length > mostOfAll ? largest[0] : undefined;
}

/** An owner is a workspace’s key and a session. No key holds a line’s end. */
function workspaceOf(owner: string): string {
  return owner.slice(0, owner.lastIndexOf('\n'));
}
