import { z } from 'zod';

/** Text, or bytes that are none, as ripgrep writes both. */
const Data = z.union([z.object({ text: z.string() }), z.object({ bytes: z.base64() })]);
const Line = z.object({ lines: Data, line_number: z.int().positive() });

/** The messages of `rg --json` that are of interest. */
const messages = {
  begin: z.object({ type: z.literal('begin'), data: z.object({ path: Data }) }),
  match: z.object({ type: z.literal('match'), data: Line }),
  context: z.object({ type: z.literal('context'), data: Line }),
  end: z.object({ type: z.literal('end'), data: z.object({ binary_offset: z.int().nullable() }) }),
  summary: z.object({ type: z.literal('summary') }),
} as const;

export type Message = z.infer<(typeof messages)[keyof typeof messages]>;

/**
 * What a line says; undefined: nothing of interest. What is not ripgrep may be called `rg` too: `odd` is what bears a message’s name and is
 * none.
 */
export function messageIn(line: string): Message | 'odd' | undefined {
  let said: unknown;
  try {
    said = JSON.parse(line);
  } catch {
    return undefined;
  }
  const type = (said as { type?: unknown } | null)?.type;
  if (typeof type !== 'string' || !Object.hasOwn(messages, type)) return undefined;
  const read = messages[type as keyof typeof messages].safeParse(said);
  return read.success ? read.data : 'odd';
}

/** Data as text. */
export function textOf(data: z.infer<typeof Data>): string {
  return 'text' in data ? data.text : Buffer.from(data.bytes, 'base64').toString();
}
