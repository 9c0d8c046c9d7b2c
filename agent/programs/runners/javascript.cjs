'use strict';
/**
 * Runs JavaScript for Node 18 and newer: `node javascript.cjs SPEC RESULT`, as a script, or one handler of it in AWS Lambda's form.
 * The handler's word goes into the file RESULT and nowhere near the standard streams, which are the user's; it is written last of
 * all, from its first byte on, and the process ends with it.
 */
const began = performance.now();
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const Module = require('node:module');
const path = require('node:path');
const { pathToFileURL } = require('node:url');
const vm = require('node:vm');

const [, , specFile, resultFile] = process.argv;
const spec = JSON.parse(fs.readFileSync(specFile, 'utf8'));

/** What AWS's own runtime says of a handler that can't be called, or whose value can't be told. */
class Fault extends Error {
  constructor(kind, message, stack) {
    super(message);
    this.name = `Runtime.${kind}`;
    if (stack) this.stack = stack;
  }
}

/** The code as a module of CommonJS where it is one, else of ECMAScript; as if its file were in the working directory. */
async function load() {
  const code = fs.readFileSync(spec.file, 'utf8');
  const filename = path.join(process.cwd(), `${spec.module}.js`);
  const wrapped = Module.wrap(code.replace(/^#!.*/, ''));
  let refusal;
  try {
    new vm.Script(wrapped, { filename });
  } catch (error) {
    refusal = error;
  }
  if (!refusal) {
    const module = new Module(filename, null);
    module.filename = filename;
    module.paths = Module._nodeModulePaths(process.cwd());
    if (!spec.function) {
      process.mainModule = module;
      module.id = '.';
      require.main = module;
    }
    module._compile(code, filename);
    return module.exports;
  }
  await resolveFrom(pathToFileURL(filename).href);
  return import(pathToFileURL(spec.file).href);
}

/** What the code imports is looked for from the working directory on. Node before 18.19 can't be told so. */
async function resolveFrom(base) {
  const file = pathToFileURL(spec.file).href;
  if (Module.registerHooks) {
    const resolve = (name, context, next) =>
      next(name, context.parentURL === file ? { ...context, parentURL: base } : context);
    Module.registerHooks({ resolve });
  } else if (Module.register) {
    const hook = `export const resolve = (name, context, next) =>
      next(name, context.parentURL === ${JSON.stringify(file)} ? { ...context, parentURL: ${JSON.stringify(base)} } : context);`;
    Module.register(`data:text/javascript,${encodeURIComponent(hook)}`);
  }
}

async function loadHandler() {
  let exported;
  try {
    exported = await load();
  } catch (error) {
    if (error instanceof SyntaxError) throw new Fault('UserCodeSyntaxError', String(error), error.stack);
    if (['MODULE_NOT_FOUND', 'ERR_MODULE_NOT_FOUND'].includes(error?.code)) {
      throw new Fault('ImportModuleError', String(error), error.stack);
    }
    throw error;
  }
  const find = (from) => spec.function.split('.').reduce((value, key) => value?.[key], from);
  const handler = find(exported) ?? find(exported?.default);
  if (handler === undefined) throw new Fault('HandlerNotFound', `${spec.handler} is undefined or not exported`);
  if (typeof handler !== 'function') throw new Fault('HandlerNotFound', `${spec.handler} is not a function`);
  if (handler.length > 2) {
    const message = 'Handlers with a callback are not called: return a value, or a promise of one.';
    throw new Fault('CallbackHandlerDeprecated', message);
  }
  return handler;
}

const context = () => ({
  ...spec.context,
  callbackWaitsForEmptyEventLoop: true,
  getRemainingTimeInMillis: () => Math.max(0, spec.deadline - Date.now()),
});

/** An error in AWS's shape. */
function told(error) {
  try {
    if (error instanceof Error || (error?.name && error?.message && error?.stack)) {
      return { errorType: error.name, errorMessage: error.message, trace: String(error.stack).split('\n') };
    }
    return { errorType: typeof error, errorMessage: String(error), trace: [] };
  } catch {
    return { errorType: 'handled', errorMessage: 'There was a problem while retrieving the error.', trace: [] };
  }
}

async function runHandler() {
  const result = fs.openSync(resultFile, 'r+');
  let ready;
  let isOver = false;
  const finish = (answer) => {
    if (isOver) return;
    isOver = true;
    const over = performance.now();
    const durationMs = ready === undefined ? 0 : over - ready;
    const data = Buffer.from(JSON.stringify({ ...answer, initMs: (ready ?? over) - began, durationMs }));
    if (answer.error)
      process.stderr.write(
        `ERROR\t${answer.error.errorType}: ${answer.error.errorMessage}\n${answer.error.trace.slice(1).join('\n')}\n`,
      );
    // Pipes are written to behind the code's back: what is left there comes before the end.
    process.stdout.write('', () =>
      process.stderr.write('', () => {
        for (let at = 0; at < data.length; ) at += fs.writeSync(result, data, at, data.length - at, at);
        fs.ftruncateSync(result, data.length);
        process.reallyExit(answer.error ? 1 : 0);
      }),
    );
  };
  const fail = (error) => finish({ error: told(error) });
  process.on('uncaughtException', fail);
  process.on('unhandledRejection', (reason) =>
    fail(new Fault('UnhandledPromiseRejection', reason instanceof Error ? String(reason) : `${reason}`, reason?.stack)),
  );
  process.once('beforeExit', () =>
    fail(new Fault('NodeJsExit', 'The handler’s promise was never settled, and nothing else was left to do.')),
  );
  try {
    const handler = await loadHandler();
    ready = performance.now();
    const value = await handler(spec.event, context());
    let text;
    try {
      text = JSON.stringify(value === undefined ? null : value) ?? 'null';
    } catch {
      throw new Fault('JSONStringifyError', 'Unable to stringify response body');
    }
    finish({ value: text });
  } catch (error) {
    fail(error);
  }
}

if (Number(process.versions.node.split('.')[0]) < 18) {
  const [program, ...args] = spec.node;
  const { status } = spawnSync(program, [...args, ...process.argv.slice(1)], { stdio: 'inherit' });
  process.exit(status ?? 1);
}
process.argv.splice(1, 3, path.join(process.cwd(), `${spec.module}.js`), ...(spec.args ?? []));
if (spec.function) void runHandler();
else void load();
