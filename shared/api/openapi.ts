import { z } from 'zod';

/** Answer of the routes that describe an API. */
export const OpenApiDocument = z.looseObject({
  openapi: z.string().describe('Version of OpenAPI.'),
  info: z.looseObject({ title: z.string(), version: z.string() }),
  paths: z.record(z.string(), z.looseObject({})),
});
