/** What the types of JSON.parse and JSON.rawJSON do not say yet. */
const json = JSON as unknown as {
  parse(text: string, reviver: (key: string, value: unknown, context: { source?: string }) => unknown): unknown;
  rawJSON(text: string): unknown;
};

/**
 * JSON that is written again as it was: a number that a double has no room for, as Python's are, keeps its digits. Undefined where it
 * is nested too deep to be written.
 */
export function exactJson(text: string): unknown {
  try {
    const value = json.parse(text, (_, value, { source }) =>
      typeof value === 'number' && source !== undefined && String(value) !== source ? json.rawJSON(source) : value,
    );
    JSON.stringify(value);
    return value;
  } catch {
    return undefined;
  }
}
