import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import type { JsonSchema } from './json.ts';
import { nameSchemas } from './names.ts';

/** Writes schemas of zod as JSON Schema. Those with a name of their own are written once, and referred to. */
export class Schemas {
  /** What has been referred to, by name. */
  readonly components: Record<string, JsonSchema> = {};

  constructor() {
    nameSchemas();
  }

  /** What a caller may send. */
  input(schema: z.ZodType): JsonSchema {
    return this.#write(schema, 'input');
  }

  /** What a caller gets. It may have more fields one day, so none are excluded. */
  output(schema: z.ZodType): JsonSchema {
    return this.#write(schema, 'output');
  }

  #write(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
    // A schema that has an id is referred to only from inside another.
    const { properties, $defs = {} } = z.toJSONSchema(z.object({ schema }), {
      io,
      target: 'draft-2020-12',
      unrepresentable: 'any',
      override: ({ jsonSchema }) => tidy(jsonSchema as JsonSchema),
    }) as { properties: Record<string, JsonSchema>; $defs?: Record<string, JsonSchema> };
    for (const [id, definition] of Object.entries($defs)) this.#define(id, atHome(definition));
    return atHome(properties.schema!);
  }

  #define(id: string, { id: _, ...definition }: JsonSchema): void {
    const known = this.components[id];
    if (known && !isDeepStrictEqual(known, definition))
      throw new Error(`two schemas are called ${id}, or it reads otherwise than it is sent`);
    this.components[id] = definition;
  }
}

/** Takes out what zod says beyond what is meant: bounds of what JavaScript can count, a long way to say "date-time". */
function tidy(schema: JsonSchema): void {
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum;
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum;
  if (schema.format === 'date-time') delete schema.pattern;
  if (schema.additionalProperties === false) delete schema.additionalProperties;
  if (Object.keys((schema.propertyNames as object) ?? {}).join() === 'type') delete schema.propertyNames;
}

/** References to where a document keeps its schemas. */
function atHome(schema: JsonSchema): JsonSchema {
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/$defs/', '"#/components/schemas/')) as JsonSchema;
}
