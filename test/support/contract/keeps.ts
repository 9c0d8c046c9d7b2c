import assert from 'node:assert/strict';
import type { JsonSchema, OpenApi } from '../../../shared/openapi/json.ts';
import { type Located, operationsOf } from './operations.ts';
import type { Promised } from './protocol.ts';

/** Asserts that a document promises at least what a protocol does, and wants no more than it of a request. */
export function assertKeeps(document: OpenApi, promises: Promised[], prefix = ''): void {
  const operations = operationsOf(document);
  for (const promised of promises) {
    const { route, status, type, sends = '', query = '' } = promised;
    const [method, path] = route.split(' ');
    const operation = operations.find((one) => one.method === method && shape(one.path) === shape(prefix + path));
    assert.ok(operation, `there is no ${method} ${prefix}${path}`);
    const response = operation.responses[status];
    assert.ok(response, `${route}: ${status} is not described`);
    if (type !== undefined) {
      const schema = response.content?.[type]?.schema;
      assert.ok(schema, `${route}: ${type} is not described`);
      includes(fieldsIn(document, schema), words(sends), `${route} sends`);
    }
    const { parameters = [], requestBody } = operation;
    const inQuery = parameters.filter((one) => one.in === 'query');
    const asked = words(query.replaceAll('!', ''));
    includes(
      inQuery.map(({ name }) => name),
      asked,
      `${route} takes`,
    );
    if (promised.query !== undefined) {
      const mayWant = words(query).filter((one) => one.endsWith('!'));
      const wants = inQuery.filter(({ required }) => required).map(({ name }) => `${name}!`);
      includes(mayWant, wants, `${route}: the protocol has it that a request names`);
    }
    if (promised.needs !== undefined) {
      const wants = fieldsIn(document, bodyOf(requestBody)).filter((field) => !field.includes('.'));
      includes(words(promised.needs), wants, `${route}: the protocol has it that a body has`);
    }
  }
}

function includes(all: string[], some: string[], what: string): void {
  for (const one of some) assert.ok(all.includes(one), `${what} ${one}`);
}

function words(text: string): string[] {
  return text.split(' ').filter(Boolean);
}

function shape(path: string): string {
  return path.replace(/\{\w+\}/g, '{}');
}

function bodyOf(requestBody: Located['requestBody']): JsonSchema {
  return requestBody?.content['application/json']?.schema ?? {};
}

/** Fields that are always there, as `status.state`; those of a list's or a map's values stand for them all. */
function fieldsIn(document: OpenApi, schema: JsonSchema): string[] {
  const { $ref, items, additionalProperties: values, anyOf, properties = {}, required = [] } = schema;
  if ($ref) return fieldsIn(document, document.components.schemas[$ref.split('/').at(-1)!]!);
  if (items) return fieldsIn(document, items);
  if (typeof values === 'object') return fieldsIn(document, values);
  const present = anyOf?.filter(({ type }) => type !== 'null') ?? [];
  if (present.length === 1) return fieldsIn(document, present[0]!);
  return required.flatMap((name) => [
    name,
    ...fieldsIn(document, properties[name] ?? {}).map((inner) => `${name}.${inner}`),
  ]);
}
