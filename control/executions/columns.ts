import type { ExecutionRow } from './store.ts';

/** A row as SQLite takes and gives it. */
export type Columns = Record<string, string | number | null>;

const json = new Set(['outcome', 'events']);

/** What is to be written of a row. */
export function toColumns(row: Partial<ExecutionRow>): Columns {
  return Object.fromEntries(
    Object.entries(row).map(([field, value]) => {
      const column = field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
      if (value === undefined) return [column, null];
      return [column, json.has(column) ? JSON.stringify(value) : (value as string | number)];
    }),
  );
}

/** A row that was read. */
export function fromColumns(found: Columns): ExecutionRow {
  const fields = Object.entries(found).map(([column, value]) => {
    const field = column.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
    if (value === null) return [field, undefined];
    return [field, json.has(column) ? JSON.parse(value as string) : value];
  });
  return Object.fromEntries(fields) as ExecutionRow;
}
