import type { StreamName } from './collect.ts';

/** What to do about an output that was cut. */
export function cutNotice(
  id: string,
  cut: StreamName[],
  { outputFiles }: { outputFiles?: Partial<Record<StreamName, { path: string }>> },
): { notice?: string } {
  if (cut.length === 0) return {};
  const paths = Object.values(outputFiles ?? {}).map(({ path }) => path);
  const files = paths.length > 0 ? ` All of it is in ${paths.join(' and ')}.` : '';
  return {
    notice: `${cut.join(' and ')}: the middle is left out.${files} getCommandOutput of ${id} reads it from its beginning.`,
  };
}
