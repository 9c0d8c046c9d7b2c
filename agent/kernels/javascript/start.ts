import * as module from 'node:module';
import { isMainThread, MessageChannel, Worker, workerData } from 'node:worker_threads';
import type { Report, Shared } from './messages.ts';

/** EX_UNAVAILABLE of sysexits.h: the agent takes another Node then. */
const unavailable = 69;

/**
 * A Jupyter kernel for JavaScript and TypeScript in one file, for any Node from 22 on:
 * `node --no-force-async-hooks-checks javascript.cjs CONNECTION_FILE LANGUAGE`.
 * One thread runs cells; the other one speaks Jupyter's protocol, so that it answers whatever cells do.
 */
async function start(): Promise<void> {
  if (typeof module.stripTypeScriptTypes !== 'function') {
    console.error(`Cells of JavaScript need Node 22.13 or later; this is ${process.version}.`);
    process.exit(unavailable);
  }
  if (!isMainThread) {
    const { Protocol } = await import('./protocol.ts');
    const { shared, answers } = workerData;
    await new Protocol(shared, answers).listen();
    return;
  }
  const [, , connectionFile = '', language = 'javascript'] = process.argv;
  const [{ Cells }, { pipeOutput }, { writeAtOnce }] = await Promise.all([
    import('./cells.ts'),
    import('./pipes.ts'),
    import('./standard-streams.ts'),
  ]);
  const shared: Shared = {
    flag: new Int32Array(new SharedArrayBuffer(4)),
    language: language === 'typescript' ? 'typescript' : 'javascript',
    connectionFile,
    pipes: pipeOutput(connectionFile),
  };
  const { port1, port2 } = new MessageChannel();
  const options = { workerData: { shared, answers: port2 }, transferList: [port2] };
  // Before there is a thread that takes hold of them. Without pipes subprocesses are not heard.
  writeAtOnce(shared.pipes ? undefined : (name, bytes) => tell({ type: 'stream', name, bytes }));
  const worker = new Worker(__filename, options);
  const tell = (report: Report) => worker.postMessage(report);
  // Cells see what a console of Node's would.
  process.argv.splice(1);
  process.execArgv.splice(0);
  new Cells(shared, worker, port1);
}

void start();
