import assert from 'node:assert/strict';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { JsonSchema, OpenApi } from '../../../shared/openapi/json.ts';
import { type Located, operationsOf } from './operations.ts';

/** Every field that these programs use of each object of OpenAPI 3.1: one more is a slip of the pen, or has to be checked here. */
const fields = {
  document: ['openapi', 'info', 'servers', 'security', 'tags', 'paths', 'components'],
  operation: [
    ...['operationId', 'summary', 'description', 'tags', 'security'],
    ...['parameters', 'requestBody', 'responses', 'deprecated'],
  ],
  parameter: ['name', 'in', 'required', 'description', 'schema'],
  response: ['description', 'headers', 'content'],
  header: ['description', 'schema'],
  media: ['schema'],
};

/** Asserts that a document is one of OpenAPI 3.1, that it contradicts itself nowhere, and that it leaves nothing unsaid. */
export function assertOpenApi(document: OpenApi): void {
  only(document, fields.document, 'the document');
  assert.match(document.openapi, /^3\.1\.\d+$/);
  assert.ok(document.info.title && document.info.version && document.info.description);
  const ajv = new Ajv2020({ strict: false, formats: { binary: true, 'date-time': true } });
  for (const { where, schema } of schemasIn(document)) {
    assert.ok(ajv.validateSchema(schema), `${where}: ${ajv.errorsText(ajv.errors)}`);
  }
  for (const ref of refsIn(document)) {
    const [, name = ''] = /^#\/components\/schemas\/(\w+)$/.exec(ref) ?? [];
    assert.ok(document.components.schemas[name], `${ref} leads nowhere`);
  }
  const ids = Object.values(document.paths).flatMap(({ servers: _, ...methods }) =>
    Object.values(methods).map((operation) => (operation as Located).operationId),
  );
  assert.equal(new Set(ids).size, ids.length, 'each operation has an id of its own');
  for (const operation of operationsOf(document)) assertOperation(operation, document);
}

function assertOperation({ method, path, pointer, ...operation }: Located, { tags, components }: OpenApi): void {
  const where = `${method} ${path}`;
  only(operation, fields.operation, where);
  assert.match(operation.operationId, /^[a-z]\w+$/, where);
  assert.ok(operation.summary.length > 5, where);
  assert.ok(operation.tags.length > 0, where);
  for (const tag of operation.tags)
    assert.ok(
      tags.some(({ name }) => name === tag),
      `${where}: tag ${tag}`,
    );
  for (const scheme of (operation.security ?? []).flatMap(Object.keys))
    assert.ok(components.securitySchemes[scheme], `${where}: ${scheme}`);
  const parameters = operation.parameters ?? [];
  for (const parameter of parameters) {
    only(parameter, fields.parameter, where);
    assert.ok(parameter.schema, where);
    if (parameter.in === 'path') assert.equal(parameter.required, true, where);
  }
  const named = parameters.filter((one) => one.in === 'path').map(({ name }) => name);
  assert.deepEqual(named.sort(), [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort(), where);
  assert.equal(new Set(parameters.map((one) => `${one.in} ${one.name}`)).size, parameters.length, where);
  assert.ok(Object.keys(operation.responses).length > 1, where);
  for (const [status, response] of Object.entries(operation.responses)) {
    assert.match(status, /^([1-5]\d\d|default)$/, where);
    only(response, fields.response, where);
    assert.ok(response.description, `${where}: ${status}`);
    for (const header of Object.values(response.headers ?? {})) only(header, fields.header, where);
  }
}

function only(value: object, allowed: readonly string[], where: string): void {
  const more = Object.keys(value).filter((key) => !allowed.includes(key));
  assert.deepEqual(more, [], where);
}

function schemasIn(document: OpenApi): { where: string; schema: JsonSchema }[] {
  const components = Object.entries(document.components.schemas).map(([where, schema]) => ({ where, schema }));
  const others = operationsOf(document).flatMap(({ pointer: where, parameters = [], requestBody, responses }) => [
    ...parameters.map(({ name, schema }) => ({ where: `${where} ${name}`, schema })),
    ...[requestBody, ...Object.values(responses)].flatMap((one) =>
      Object.values(one?.content ?? {}).map((media) => {
        only(media, fields.media, where);
        return { where, schema: media.schema };
      }),
    ),
  ]);
  return [...components, ...others];
}

function refsIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => (key === '$ref' ? [inner as string] : refsIn(inner)));
}
