import assert from 'node:assert/strict';
import {
  ConnectionConfig,
  Sandbox,
  SandboxApiException,
  type SandboxCreateOptions,
  SandboxManager,
} from '@alibaba-group/opensandbox';
import { pythonImage, smallImage } from '../../support/control.ts';
import type { ControlClient } from '../../support/control-client.ts';
import { Methods } from './methods.ts';

/** What a sandbox's properties lead to. */
const services = ['sandboxes', 'commands', 'files', 'health', 'metrics', 'isolation', 'credentialVault'];

/** What the claims about the SDK share: a connection, and one sandbox that most of them use. */
export class World {
  readonly control: ControlClient;
  readonly methods = new Methods();
  readonly connectionConfig: ConnectionConfig;
  readonly Sandbox = this.methods.seen('Sandbox', Sandbox);
  readonly manager: SandboxManager;
  readonly proxied: boolean;
  /** Metadata that tells this run's sandboxes from others' on the same server. */
  readonly project: string;
  #sandbox: Sandbox | undefined;

  constructor(control: ControlClient, proxied: boolean) {
    const domain = new URL(control.url).host;
    this.control = control;
    this.proxied = proxied;
    this.project = proxied ? 'proxied' : 'direct';
    this.connectionConfig = new ConnectionConfig({
      domain,
      protocol: 'http',
      apiKey: control.apiKey,
      useServerProxy: proxied,
      requestTimeoutSeconds: 120,
    });
    const { connectionConfig } = this;
    const manager = this.methods.seen('SandboxManager', SandboxManager).create({ connectionConfig });
    this.manager = this.methods.seen('SandboxManager', manager);
  }

  get sandbox(): Sandbox {
    assert.ok(this.#sandbox);
    return this.#sandbox;
  }

  /** A sandbox, small unless told otherwise; whoever asks for it ends it. */
  async create(options: Partial<SandboxCreateOptions> = {}): Promise<Sandbox> {
    return this.seen(
      await this.Sandbox.create({
        connectionConfig: this.connectionConfig,
        ...(options.snapshotId === undefined && { image: smallImage }),
        timeoutSeconds: 300,
        resource: { cpu: '1', memory: '128Mi' },
        healthCheckPollingInterval: 50,
        readyTimeoutSeconds: 120,
        ...options,
      }),
    );
  }

  /** A sandbox whose calls are noted. */
  seen(sandbox: Sandbox): Sandbox {
    for (const service of services) this.methods.seen(service, sandbox[service as keyof Sandbox] as object);
    return this.methods.seen('Sandbox', sandbox, Object.fromEntries(services.map((name) => [name, name])));
  }

  async open(): Promise<void> {
    this.#sandbox = await this.create({
      image: pythonImage,
      resource: { cpu: '1', memory: '1Gi' },
      resourceRequests: { cpu: '100m' },
      env: { GREETING: 'hello' },
      metadata: { project: this.project },
    });
  }

  async close(): Promise<void> {
    await this.#sandbox?.kill();
    await this.#sandbox?.close();
    await this.manager.close();
  }
}

/** Asserts that a call is refused with a status and a code that the SDK shows. */
export async function refusedWith(call: Promise<unknown>, status: number, code: string): Promise<void> {
  await assert.rejects(call, (error) => {
    assert.ok(error instanceof SandboxApiException, String(error));
    assert.deepEqual([error.statusCode, error.error.code], [status, code]);
    assert.ok(error.requestId, 'an answer without X-Request-ID');
    return true;
  });
}
