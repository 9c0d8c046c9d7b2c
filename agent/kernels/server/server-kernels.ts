import { setTimeout as delay } from 'node:timers/promises';
import { ApiError } from '../../../shared/api/errors.ts';
import type { KernelServer } from '../../../shared/api/kernel-server.ts';
import { chooseKernel } from '../choose-kernel.ts';
import type { ContextRecord } from '../context-record.ts';
import type { Kernel } from '../kernel.ts';
import type { KernelSpec } from '../kernelspec.ts';
import { canChangeDirectory } from './change-directory.ts';
import { discardRecord, newRecord, type ServerKernelRecord, writeRecord } from './records.ts';
import { isUnreachable, ServerApi } from './server-api.ts';
import { ServerKernel } from './server-kernel.ts';

const pauseMs = 100;
/** A server that is starting a kernel lists its session only when that is done. */
const findTries = 300;

export interface ServerKernelsOptions {
  spool: string;
  /** Where cells work whose request does not say. */
  workdir: string;
  /** How long a server is waited for that does not listen yet: the image may just be starting it. */
  serverPatienceMs: number;
  warn(message: string, error: unknown): void;
}

/**
 * Starts a kernel in a server. Nothing of it is left when that fails.
 * @throws ApiError `KERNEL_SERVER_UNREACHABLE`, `KERNEL_SERVER_REFUSED`, `KERNEL_NOT_AVAILABLE`, …; the signal's reason
 */
export async function startInServer(
  server: KernelServer,
  context: ContextRecord,
  signal: AbortSignal,
  options: ServerKernelsOptions,
): Promise<Kernel> {
  const { spool, workdir, warn } = options;
  const api = new ServerApi(server);
  const spec = chooseKernel(await specsOf(api, options, signal), context);
  if (context.cwd !== workdir && !canChangeDirectory(spec.language)) throw noDirectory(spec);
  const record = newRecord(context, spec);
  const discard = () => discardRecord(spool, record);
  try {
    // Before there is a kernel, so that whoever comes after this agent finds it.
    writeRecord(spool, record);
    record.session = await api.start(record.id, spec.name);
  } catch (error) {
    await forget(record, server, options);
    throw error;
  }
  const kernel = await ServerKernel.start({ api, record, signal, warn, discard });
  try {
    // With the session now: it is worth going on with.
    writeRecord(spool, record);
  } catch (error) {
    await kernel.end();
    throw error;
  }
  return kernel;
}

/** The kernels that a server can start. @throws ApiError `KERNEL_SERVER_UNREACHABLE`, `KERNEL_SERVER_REFUSED` */
export async function listInServer(server: KernelServer, options: ServerKernelsOptions): Promise<KernelSpec[]> {
  return await specsOf(new ServerApi(server), options);
}

/** Goes on with a kernel that an earlier agent had started. @throws when it is gone; nothing is left of it then */
export async function adoptInServer(
  server: KernelServer,
  record: ServerKernelRecord,
  signal: AbortSignal,
  { spool, warn }: ServerKernelsOptions,
): Promise<Kernel> {
  const discard = () => discardRecord(spool, record);
  return await ServerKernel.adopt({ api: new ServerApi(server), record, signal, warn, discard });
}

/** Ends what a server may have started without anybody hearing of it; `isLeft`: for an agent that is gone. */
export async function forget(
  record: ServerKernelRecord,
  server: KernelServer,
  { spool, warn }: Pick<ServerKernelsOptions, 'spool' | 'warn'>,
  isLeft = false,
): Promise<void> {
  const api = new ServerApi(server);
  try {
    let session = record.session ?? (await api.find(record.id));
    for (let tries = 1; !session && isLeft && tries < findTries; tries++) {
      await delay(pauseMs);
      session = await api.find(record.id);
    }
    if (session) await api.end(session);
  } catch (error) {
    if (!isUnreachable(error)) warn(`kernel ${record.id} could not be ended`, error);
  }
  discardRecord(spool, record);
}

async function specsOf(
  api: ServerApi,
  { serverPatienceMs }: ServerKernelsOptions,
  signal?: AbortSignal,
): Promise<KernelSpec[]> {
  const until = performance.now() + serverPatienceMs;
  for (;;) {
    try {
      return await api.specs();
    } catch (error) {
      if (!isUnreachable(error) || performance.now() > until) throw error;
    }
    await delay(pauseMs, undefined, { ...(signal && { signal }), ref: false });
  }
}

function noDirectory({ name, language }: KernelSpec): ApiError {
  const message = `A kernel server’s ${name} can’t be told where to work: nobody here knows how that is said in ${language}.`;
  return new ApiError('INVALID_PARAMETER', message.slice(0, 300), { field: 'cwd', expected: 'none' });
}
