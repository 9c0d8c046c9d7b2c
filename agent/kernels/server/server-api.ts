import { z } from 'zod';
import type { ApiError } from '../../../shared/api/errors.ts';
import type { KernelServer } from '../../../shared/api/kernel-server.ts';
import { languageNamed } from '../../../shared/api/languages.ts';
import type { KernelSpec } from '../kernelspec.ts';
import { type Answer, exchange, refused } from './exchange.ts';

/** A kernel in a server, and the session that it was started in. */
export interface ServerSession {
  id: string;
  kernelId: string;
}

/** A server's own words are quoted up to this. */
const maxQuoted = 500;

const Specs = z.object({ default: z.string().optional(), kernelspecs: z.record(z.string(), z.unknown()) });
const Spec = z.object({
  spec: z.object({
    language: z.string().max(64),
    display_name: z.string().max(128).optional().catch(undefined),
    argv: z.array(z.string()).catch([]),
    interrupt_mode: z.enum(['signal', 'message']).catch('signal'),
  }),
});
const Id = z.string().regex(/^[\w-]{1,128}$/);
const Session = z.object({ id: Id, path: z.string().optional(), kernel: z.object({ id: Id }) });
const Model = z.object({ execution_state: z.string().optional() });

/**
 * What is asked of a Jupyter Server's API (https://jupyter-server.readthedocs.io/en/latest/developers/rest-api.html). The client of
 * @jupyterlab/services would follow redirects with the token, and take answers of any size. Every method throws what
 * `exchange` throws.
 */
export class ServerApi {
  readonly server: KernelServer;

  constructor(server: KernelServer) {
    this.server = server;
  }

  /** The kernels that it can start, its own default first. How it starts them is its own affair. */
  async specs(): Promise<KernelSpec[]> {
    const answer = await exchange(this.server, 'GET', 'api/kernelspecs');
    const specs = Specs.safeParse(answer.body);
    if (answer.status !== 200 || !specs.success)
      throw refused(this.server, `is no Jupyter server, or has another base path: it ${said(answer)}`);
    const found = Object.entries(specs.data.kernelspecs).flatMap(([name, value]) => {
      const spec = Spec.safeParse(value).data?.spec;
      return spec ? [kernelSpec(name, spec)] : [];
    });
    const order = ({ name }: KernelSpec) => (name === specs.data.default ? '' : name);
    return found.sort((a, b) => (order(a) < order(b) ? -1 : 1));
  }

  /** Starts a kernel in a session; `path` tells it from others and need not exist. */
  async start(path: string, kernelName: string): Promise<ServerSession> {
    const request = { path, name: path, type: 'console', kernel: { name: kernelName } };
    const answer = await exchange(this.server, 'POST', 'api/sessions', request);
    const session = Session.safeParse(answer.body);
    if (answer.status !== 201 || !session.success)
      throw refused(this.server, `did not start the kernel ${kernelName}: it ${said(answer)}`);
    return { id: session.data.id, kernelId: session.data.kernel.id };
  }

  /** The session with a path, which may have been started without anybody hearing of it. */
  async find(path: string): Promise<ServerSession | undefined> {
    const { body } = await exchange(this.server, 'GET', 'api/sessions');
    for (const item of Array.isArray(body) ? body : []) {
      const session = Session.safeParse(item);
      if (session.data?.path === path) return { id: session.data.id, kernelId: session.data.kernel.id };
    }
    return undefined;
  }

  /** Whether the server still has a kernel, as far as it knows alive. */
  async has(kernelId: string): Promise<boolean> {
    const answer = await exchange(this.server, 'GET', `api/kernels/${kernelId}`);
    if (answer.status === 404) return false;
    if (answer.status !== 200) throw refused(this.server, said(answer));
    return Model.safeParse(answer.body).data?.execution_state !== 'dead';
  }

  async interrupt(kernelId: string): Promise<void> {
    const answer = await exchange(this.server, 'POST', `api/kernels/${kernelId}/interrupt`);
    if (answer.status !== 204) throw refused(this.server, `did not interrupt the kernel: it ${said(answer)}`);
  }

  /** Ends a kernel and its session; nothing happens to what is gone. True when nothing is left of them. */
  async end({ id, kernelId }: ServerSession): Promise<boolean> {
    await exchange(this.server, 'DELETE', `api/sessions/${id}`);
    // The session may have been gone before its kernel.
    if ((await exchange(this.server, 'GET', `api/kernels/${kernelId}`)).status === 404) return true;
    const { status } = await exchange(this.server, 'DELETE', `api/kernels/${kernelId}`);
    return status === 204 || status === 404;
  }
}

/** True for the error of a server that is not there, or not yet. */
export function isUnreachable(error: unknown): boolean {
  return (error as ApiError).code === 'KERNEL_SERVER_UNREACHABLE';
}

function kernelSpec(name: string, spec: z.infer<typeof Spec>['spec']): KernelSpec {
  return {
    name,
    displayName: spec.display_name ?? name,
    language: languageNamed(spec.language),
    path: undefined,
    argv: spec.argv,
    env: {},
    interruptMode: spec.interrupt_mode,
    transport: 'tcp',
  };
}

function said({ status, body }: Answer): string {
  const message = (body as { message?: unknown } | undefined)?.message;
  return `answered with ${status}${typeof message === 'string' ? ` (${message.slice(0, maxQuoted)})` : ''}`;
}
