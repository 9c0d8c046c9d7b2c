import { Worker } from 'node:worker_threads';

/** What the thread does: what is only types goes and leaves the rest where it was; enums and the like become something else. */
const program = `
const { parentPort, workerData } = require('node:worker_threads');
const { stripTypeScriptTypes } = require('node:module');
process.removeAllListeners('warning');
const strip = (mode) => stripTypeScriptTypes(workerData, { mode });
const tell = (run) => { try { return { code: run() }; } catch (error) { return { code: undefined, kind: error.code, problem: error.message }; } };
let told = tell(() => strip('strip'));
if (told.kind === 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX') told = tell(() => strip('transform'));
parentPort.postMessage(told);
`;

/**
 * TypeScript as JavaScript, or what is wrong with it. In a thread that ends with it: the parser's memory, 20 MiB, is not the
 * agent's for good then, and a long program does not hold up everybody else.
 */
export function withoutTypes(typescript: string): Promise<{ code: string } | { code: undefined; problem: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ code: string } | { code: undefined; problem: string }>();
  const worker = new Worker(program, { eval: true, workerData: typescript, execArgv: ['--no-warnings'], stderr: true });
  worker.once('message', resolve).once('error', reject);
  worker.once('exit', () => reject(new Error('the parser of TypeScript ended without a word')));
  return promise;
}
