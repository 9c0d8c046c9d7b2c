/** A piece of code, and all that it says: its output, then its result. */
export interface Cell {
  code: string;
  said: string;
}

/** The shortest there is. */
export const sum: Cell = { code: '1+1', said: '2' };

/** @throws Error that says how much is missing */
export function check(said: string, cell: Cell): void {
  if (said !== cell.said) throw new Error(`${cell.code} said what it should not, or not all: ${lack(said, cell)}`);
}

/** What is missing of it, in words. */
export function lack(said: string, cell: Cell): string {
  const [lines, expected] = [said, cell.said].map((text) => text.split('\n').length - 1);
  return `${said.length} characters of ${cell.said.length}, ${lines} lines of ${expected}`;
}
