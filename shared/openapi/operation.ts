import { z } from 'zod';
import type { Content, DescribedResponse, Operation, Parameter } from './json.ts';
import { describeRefusals, type Refusals, refusalsOf } from './refusals.ts';
import type { Route, RouteSchema } from './route.ts';
import type { Schemas } from './schemas.ts';

/** What a document says of one method of a route. @throws Error for a route without a name, a summary, tags or an answer */
export function describeOperation(route: Route, method: string, refusals: Refusals, schemas: Schemas): Operation {
  const { schema = {} } = route;
  const { operationId, summary, description, tags = [], security, body, response = {} } = schema;
  const isSilent = Object.keys(response).length === 0 && !schema.errors;
  if (!operationId || !summary || tags.length === 0 || isSilent) {
    throw new Error(`${method} ${route.url} has to have an operationId, a summary, tags and a response`);
  }
  const parameters = describeParameters(schema, schemas);
  // Another protocol is asked for by GET.
  const given = Object.entries(response).filter(([status]) => status !== '101' || method === 'get');
  const answers = given.map(([status, answer]) => [status, describeAnswer(answer, schemas)]);
  return {
    // A route of several methods is several operations.
    operationId: Array.isArray(route.method) ? operationId + method[0]!.toUpperCase() + method.slice(1) : operationId,
    summary,
    ...(description && { description }),
    tags: [...tags],
    ...(security && { security: structuredClone(security) as Record<string, string[]>[] }),
    ...(parameters.length > 0 && { parameters }),
    ...(body && { requestBody: describeBody(body, schema.consumes, schemas) }),
    responses: { ...Object.fromEntries(answers), ...describeRefusals(refusalsOf(schema, refusals)) },
  };
}

function describeParameters(schema: RouteSchema, schemas: Schemas): Parameter[] {
  return [
    ...parametersIn('path', schema.params, schemas),
    ...parametersIn('path', schema.wildcard?.params, schemas),
    ...parametersIn('query', schema.querystring, schemas),
    ...parametersIn('header', schema.headers, schemas),
  ];
}

function parametersIn(where: Parameter['in'], all: z.ZodObject | undefined, schemas: Schemas): Parameter[] {
  if (!all) return [];
  const { properties = {}, required = [] } = schemas.input(all);
  return Object.entries(properties).map(([name, { description, ...schema }]) => {
    // One that may be given once or several times is an array in OpenAPI, given once or several times.
    const list = schema.anyOf?.find(({ type }) => type === 'array');
    return {
      name,
      in: where,
      ...((where === 'path' || required.includes(name)) && { required: true }),
      ...(description !== undefined && { description }),
      schema: list ?? schema,
    };
  });
}

function describeBody(body: z.ZodType, types: readonly string[] = ['application/json'], schemas: Schemas) {
  const schema = schemas.input(body);
  const required = ![undefined, null].some((nothing) => body.safeParse(nothing).success);
  return { required, content: Object.fromEntries(types.map((type) => [type, { schema }])) };
}

function describeAnswer(answer: NonNullable<RouteSchema['response']>[string], schemas: Schemas): DescribedResponse {
  if (answer instanceof z.ZodType) {
    const { description = answer.description ?? 'Done.', ...schema } = schemas.output(answer);
    const isNothing = answer instanceof z.ZodUndefined;
    return { description, ...(!isNothing && { content: { 'application/json': { schema } } }) };
  }
  const content: Content = Object.fromEntries(
    Object.entries(answer.content).map(([type, { schema }]) => [type, { schema: schemas.output(schema) }]),
  );
  const headers = Object.entries(answer.headers ?? {}).map(([name, description]) => [
    name,
    { description, schema: { type: 'string' } },
  ]);
  return {
    description: answer.description ?? 'Done.',
    ...(headers.length > 0 && { headers: Object.fromEntries(headers) }),
    ...(Object.keys(content).length > 0 && { content }),
  };
}
