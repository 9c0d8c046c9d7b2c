import { z } from 'zod';

const Whole = z.coerce.number().int().min(1);

/** Which page of a list is asked for: fields of its route's query. */
export const pageQuery = { page: Whole.default(1), pageSize: Whole.max(200).default(20) };

/** States that a list is asked for: a field of its route's query. `statesOf` reads it. */
export const stateQuery = z
  .union([z.string(), z.array(z.string())])
  .optional()
  .describe('Repeatable: any of these.');

/** Where a page of a list is among the others. */
export const Pagination = z.object({
  page: z.int(),
  pageSize: z.int(),
  totalItems: z.int(),
  totalPages: z.int(),
  hasNextPage: z.boolean(),
});

/** Places a page of a list with so many items in all. */
export function paginationOf(
  totalItems: number,
  { page, pageSize }: { page: number; pageSize: number },
): z.infer<typeof Pagination> {
  const totalPages = Math.ceil(totalItems / pageSize);
  return { page, pageSize, totalItems, totalPages, hasNextPage: page < totalPages };
}

/**
 * Those of the `known` states that were asked for; none for all. Case doesn't matter; a state that there is not matches nothing, as
 * clients of a later protocol may ask for one.
 */
export function statesOf<State extends string>(known: readonly State[], asked: z.infer<typeof stateQuery>): State[] {
  const wanted = new Set([asked ?? []].flat().map((state) => state.toLowerCase()));
  const found = known.filter((state) => wanted.has(state.toLowerCase()));
  return wanted.size > 0 && found.length === 0 ? (['Unknown'] as unknown as State[]) : found;
}
