import { join } from 'node:path';
import { ApiError } from '../../shared/api/errors.ts';
import type { HandlerContext, RunProgramRequest } from '../../shared/api/programs.ts';
import { findProgram } from '../kernels/programs.ts';
import { findShell } from '../processes/shell.ts';
import type { Caller } from '../users/passwd.ts';
import { placeFiles } from './files.ts';
import { handlerName } from './handler-name.ts';

/** Where a program is run, and with what. */
export interface Place {
  /** Its process's directory. */
  directory: string;
  caller: Caller;
  env: Record<string, string>;
  /** Directory of the runners, readable to everybody. */
  runners: string;
  /** Words that start the agent's own Node, for images that have none, or one that is too old. */
  node: string[];
}

/** Puts a program's files in place and says the words that run it. @throws ApiError `KERNEL_NOT_AVAILABLE`, `INVALID_PARAMETER` */
export function invocation(request: RunProgramRequest, place: Place): string[] {
  const words = wordsOf(request, place);
  if (request.stdin == null) return words;
  const { stdin } = placeFiles(place.directory, { stdin: request.stdin }, place.caller);
  return [...findShell().words, '-c', 'exec "$@" <"$0"', stdin, ...words];
}

function wordsOf(request: RunProgramRequest, place: Place): string[] {
  const args = request.args ?? [];
  if (request.language === 'javascript') return javascript(request, place);
  if (request.language === 'shell') {
    if (request.handler != null) {
      const expected = 'no handler beside the language shell';
      throw new ApiError('INVALID_PARAMETER', `handler: expected ${expected}`, { field: 'handler', expected });
    }
    const { 'main.sh': main } = placeFiles(place.directory, { 'main.sh': request.code }, place.caller);
    return [...findShell().words, main, ...args];
  }
  const python = findProgram('python3', place.env, place.caller);
  if (!python) {
    const message = 'This sandbox’s image has no python3 in its PATH.';
    throw new ApiError('KERNEL_NOT_AVAILABLE', message, { field: 'language', expected: 'a language of the image' });
  }
  if (request.handler != null) {
    const { module, function: name } = handlerName(request.handler, 'python');
    const { spec, result } = handlerFiles(request, place, { module, function: name, file: `${module}.py` });
    return [python, '-u', join(place.runners, 'handler.py'), spec, result];
  }
  const { 'main.py': main } = placeFiles(place.directory, { 'main.py': request.code }, place.caller);
  return [python, '-u', main, ...args];
}

/** The image's Node goes first, as what was installed for it, addons above all, works with that one only. */
function javascript(request: RunProgramRequest, place: Place): string[] {
  const node = findProgram('node', place.env, place.caller);
  const name = request.handler == null ? undefined : handlerName(request.handler, 'javascript');
  const { spec, result } = handlerFiles(request, place, {
    module: name?.module ?? 'main',
    function: name?.function,
    file: `${name?.module ?? 'main'}.mjs`,
  });
  return [...(node ? [node] : place.node), join(place.runners, 'javascript.cjs'), spec, result];
}

interface Named {
  module: string;
  function: string | undefined;
  file: string;
}

function handlerFiles(request: RunProgramRequest, place: Place, { module, function: name, file }: Named) {
  const { context, event, args, timeout, handler } = request;
  const spec = {
    module,
    function: name,
    handler,
    file: join(place.directory, 'program', file),
    node: place.node,
    args: args ?? [],
    event: event === undefined ? {} : event,
    context: context ?? unnamed,
    deadline: Date.now() + timeout,
  };
  return placeFiles<string>(
    place.directory,
    { [file]: request.code, spec: JSON.stringify(spec), result: '' },
    place.caller,
  ) as {
    spec: string;
    result: string;
  };
}

const unnamed: HandlerContext = {
  functionName: 'handler',
  functionVersion: '$LATEST',
  invokedFunctionArn: '',
  memoryLimitInMB: '',
  awsRequestId: '',
  logGroupName: '',
  logStreamName: '',
};
