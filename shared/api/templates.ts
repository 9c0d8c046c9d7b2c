import { z } from 'zod';
import { BuildStatus, Packages } from './packages.ts';
import { Pagination } from './pages.ts';
import { CreateSandboxRequest } from './sandboxes.ts';

const instant = z.string().meta({ format: 'date-time', description: 'RFC 3339, UTC' });

/** Sandboxes that stand by, made of the template ahead of time. */
const Pool = z
  .object({
    min: z.int('expected a whole number').min(0).max(1000),
    max: z.int('expected a whole number').min(0).max(1000),
  })
  .refine(({ min, max }) => min <= max, { path: ['max'], error: 'expected at least as many as min' });

/** What a template says of the sandboxes that are made of it: what a create request may say, and what goes before. */
export const TemplateSpec = CreateSandboxRequest.omit({ template: true, templateId: true }).extend({
  packages: Packages.nullish(),
  pool: Pool.nullish().describe('How many stand by, made ahead of time: at least and at most.'),
});

export type TemplateSpec = z.infer<typeof TemplateSpec>;

/** Body of POST /templates. */
export const CreateTemplateRequest = TemplateSpec.extend({
  name: z.string().max(256).describe('1 to 63 lower-case letters, digits and hyphens.'),
});

/** Body of PATCH /templates/{name}: a JSON merge patch (RFC 7396). What comes of it is checked as a new template is. */
export const PatchTemplateRequest = z
  .record(z.string(), z.unknown())
  .describe('New values by field; null takes one away. What isn’t named stays.');

/** A template as the API shows it: what it says, but no value of its environment. Absent values are left out. */
export const Template = TemplateSpec.extend({
  name: z.string(),
  version: z.int().describe('Every change makes a new one.'),
  createdAt: instant,
  updatedAt: instant.describe('When this version was made.'),
  image: z.object({ uri: z.string() }).optional(),
  build: BuildStatus.optional().describe('How far its packages are. Absent: it has none.'),
  env: z.array(z.string()).optional().describe('Names of variables. What they are set to is not shown.'),
});

export type Template = z.infer<typeof Template>;

export const TemplateList = z.object({
  items: z.array(Template),
  pagination: Pagination,
});
