import { statSync } from 'node:fs';
import type { z } from 'zod';
import { ApiError } from '../../../shared/api/errors.ts';
import { grepContent } from '../../../shared/api/tools/grep-content.ts';
import { asCaller } from '../../files/errno.ts';
import { readingErrors } from '../files/errors.ts';
import { type Implemented, implemented } from '../implemented.ts';
import { expressionOf, invalidPattern } from './expression.ts';
import { extensionsOf, kindNames } from './file-kinds.ts';
import { Findings } from './findings.ts';
import type { GrepRequest } from './grep-request.ts';
import { searchNatively } from './native.ts';
import type { Ripgrep } from './ripgrep.ts';
import { Survey } from './survey.ts';

type Parameters = z.infer<typeof grepContent.parameters>;

/** Lines of files that match an expression: by ripgrep where the sandbox has it, and else without. */
export function grepBy(ripgrep: Ripgrep): Implemented {
  return implemented(grepContent, readingErrors, async (parameters, { who, at, signal }) => {
    const root = at(parameters.directory ?? parameters.path ?? parameters.scope ?? '.', 'directory');
    const isFile = !asCaller(who, root, () => statSync(root.absolute)).isDirectory();
    const { '-i': ignoreCase = false, multiline = false } = parameters;
    const expression = expressionOf(parameters.pattern, { ignoreCase, multiline });
    const survey = new Survey();
    const request: Omit<GrepRequest, 'findings'> = {
      root,
      isFile,
      expression,
      ignoreCase,
      multiline,
      around: aroundOf(parameters),
      glob: parameters.filePattern ?? parameters.glob,
      extensions: parameters.type === undefined ? undefined : extensionsIn(parameters.type),
      depth: (parameters.recursive ?? true) ? undefined : 1,
      signal,
    };
    let findings = new Findings(parameters);
    const isDone = expression.ripgrep !== undefined && (await ripgrep.search(who, { ...request, findings }, survey));
    if (!isDone) {
      if (!expression.native)
        throw invalidPattern('this needs ripgrep, which the sandbox has not, or is no expression');
      // What a ripgrep has found that broke off is found again.
      findings = new Findings(parameters);
      await searchNatively(who, { ...request, findings }, survey);
    }
    const { notice, ...found } = findings.result();
    return { ...found, engine: isDone ? ('ripgrep' as const) : ('native' as const), ...survey.told(notice) };
  });
}

function aroundOf(parameters: Parameters): { before: number; after: number } {
  if ((parameters.output_mode ?? 'content') !== 'content') return { before: 0, after: 0 };
  const { '-C': both = 0 } = parameters;
  return { before: parameters['-B'] ?? both, after: parameters['-A'] ?? both };
}

function extensionsIn(kind: string): string[] {
  const extensions = extensionsOf(kind);
  if (extensions) return extensions;
  const expected = `one of ${kindNames.join(', ')}; for others take filePattern`;
  throw new ApiError('INVALID_PARAMETER', `type: expected ${expected}`, { field: 'type', expected });
}
