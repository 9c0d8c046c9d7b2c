import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import type { JsonSchema, OpenApi } from '../../../shared/openapi/json.ts';

/**
 * Validators of a document's schemas, by the schema's place in it. They are stricter than the document, which lets a later
 * version send more: here a field that is not described is an error.
 */
export class DocumentSchemas {
  readonly #ajv = new Ajv2020({ strict: false, allErrors: true, formats: { binary: true, 'date-time': isInstant } });

  constructor(document: OpenApi) {
    const exact: unknown = JSON.parse(JSON.stringify(document), (_, value) => closed(value));
    this.#ajv.addSchema(exact as object, 'document');
  }

  /** @throws Error where the document has no schema, or one that is none */
  at(pointer: string): ValidateFunction {
    const validate = this.#ajv.getSchema(`document#${encodeURI(pointer)}`);
    if (!validate) throw new Error(`there is no schema at ${pointer}`);
    return validate;
  }

  /** What a validator has found wrong. */
  errorsOf(validate: ValidateFunction): string {
    return this.#ajv.errorsText(validate.errors);
  }
}

function closed(value: unknown): unknown {
  const schema = value as JsonSchema | null;
  const isObject = typeof schema?.properties === 'object' && !('additionalProperties' in schema);
  const isSchema = isObject && (schema.type === 'object' || schema.$ref !== undefined);
  return isSchema ? { ...schema, unevaluatedProperties: false } : value;
}

/** RFC 3339. */
function isInstant(text: string): boolean {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(text) && !Number.isNaN(Date.parse(text));
}
