import { createHash } from 'node:crypto';
import type { Packages } from '../../../shared/api/packages.ts';

/** Grows when the same packages would be installed in another way. */
const builderVersion = 1;

/** An image with packages by its content: what it is built upon, and what is put into it. */
export interface BuildContent {
  /** Content id of the image. */
  base: string;
  packages: Packages;
}

/** The packages, each once and in one order; undefined where there are none. */
export function normalPackages(packages: Packages | null | undefined): Packages | undefined {
  const lists = (['apt', 'pip', 'npm'] as const).flatMap((kind) => {
    const names = [...new Set(packages?.[kind] ?? [])].sort();
    return names.length > 0 ? [[kind, names] as const] : [];
  });
  return lists.length > 0 ? Object.fromEntries(lists) : undefined;
}

/** The same key for the same content, 32 characters. */
export function buildKey({ base, packages: { apt, pip, npm } }: BuildContent): string {
  const content = JSON.stringify([builderVersion, base, apt ?? [], pip ?? [], npm ?? []]);
  return createHash('sha256').update(content).digest('hex').slice(0, 32);
}
