import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Edge } from '../edge.ts';
import { UsageError } from '../usage-error.ts';

/** What sandboxes are to be made with, as the body of a PUT: a template's name, or a file with that body. @throws UsageError */
export function requestOf(
  { template, request }: { template?: string | undefined; request?: string | undefined },
  { surroundings }: Edge,
): object {
  if ((template === undefined) === (request === undefined))
    throw new UsageError('expected --template NAME or --request FILE: what the sandboxes are to be made with');
  if (template !== undefined) return { template };
  const path = resolve(surroundings.cwd, request!);
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new UsageError(
      `--request: expected a file with the body of POST /v1/sandboxes as JSON, found ${code ?? 'no JSON'}`,
    );
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw new UsageError('--request: expected a JSON object, as the body of POST /v1/sandboxes is');
}
