import { z } from 'zod';
import type { Tool } from './tool.ts';

const JsonSchema = z.record(z.string(), z.unknown());

/** A tool in a list of them. */
export const ShownTool = z.object({
  name: z.string(),
  aliases: z.array(z.string()).describe('Other names that it is called by.'),
  title: z.string(),
  description: z.string().describe('For models.'),
  parameters: JsonSchema.describe('JSON Schema of the parameters, an object.'),
  result: JsonSchema.describe('JSON Schema of the result.'),
  hints: z.object({
    readOnly: z.boolean().describe('It changes nothing.'),
    destructive: z.boolean().describe('It may take away what was there.'),
    idempotent: z.boolean().describe('A second call changes nothing more.'),
  }),
  confirm: z.boolean().describe('A person should agree before it runs.'),
});

export type ShownTool = z.infer<typeof ShownTool>;

/** Answer of GET /workspaces/{key}/tools. */
export const ToolList = z.object({ tools: z.array(ShownTool) });

/** A tool as a list shows it. */
export function shownTool({ parameters, result, aliases, ...rest }: Tool): ShownTool {
  return {
    ...rest,
    aliases: [...aliases],
    parameters: jsonSchema(parameters, 'input'),
    result: jsonSchema(result, 'output'),
  };
}

/** A schema for others: with every constraint that JSON Schema can say, without the bounds of what JavaScript can count. */
export function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): Record<string, unknown> {
  const { $schema: _, ...written } = z.toJSONSchema(schema, {
    io,
    unrepresentable: 'any',
    override: ({ jsonSchema: one }) => {
      if (one.minimum === Number.MIN_SAFE_INTEGER) delete one.minimum;
      if (one.maximum === Number.MAX_SAFE_INTEGER) delete one.maximum;
      // More may come one day.
      if (one.additionalProperties === false) delete one.additionalProperties;
    },
  });
  return written;
}
