import { z } from 'zod';

/** A path as a model writes it. The agent looks closer at it. */
export const path = (description: string) =>
  z.string().min(1, 'expected a path, got nothing').max(4096, 'expected at most 4096 characters').describe(description);

/** Where relative paths start; every tool with a path takes it. */
export const cwd = path(
  'Directory that relative paths start from. Default: the workspace’s own working directory.',
).optional();

/** What a file is written with, or searched for. */
export const text = (description: string) =>
  z
    .string()
    .refine((given) => given.isWellFormed(), 'expected text without lone surrogates')
    .describe(description);

/** How many of something, from 1 on. */
export const atLeastOne = (description: string) => z.int().min(1).describe(description);

/** A moment, as people and programs write it. */
export const moment = (description: string) =>
  z
    .string()
    .max(64, 'expected at most 64 characters')
    .refine((given) => !Number.isNaN(Date.parse(given)), 'expected a date or time in ISO 8601, such as 2026-01-31')
    .describe(description);

/** Directories and entries that a walk could not look into; absent where there were none. */
export const skipped = z
  .array(z.string())
  .optional()
  .describe('What could not be looked into, such as directories without permission to read; at most 20.');

/** What is said where an answer is cut; absent where it is whole. */
export const notice = z
  .string()
  .optional()
  .describe('Present where the answer is not all there is: what is left out, and how to get it.');
