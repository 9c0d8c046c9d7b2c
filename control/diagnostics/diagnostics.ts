import type { DiagnosticContent } from '../../shared/api/diagnostics.ts';
import { ApiError } from '../../shared/api/errors.ts';
import type { EventScope } from '../sandboxes/events.ts';
import type { Sandboxes } from '../sandboxes/sandboxes.ts';
import { eventLines } from './events.ts';
import { inspection } from './inspect.ts';

/** As many lines as the runtime gives at most. */
const mostLines = 10_000;
const contentType = 'text/plain; charset=utf-8';
const eventScopes: readonly EventScope[] = ['lifecycle', 'runtime', 'network'];

/** What there is to be told of one sandbox to somebody who looks for a fault. Ended ones too, for as long as they are told of. */
export class Diagnostics {
  readonly #sandboxes: Sandboxes;

  constructor(sandboxes: Sandboxes) {
    this.#sandboxes = sandboxes;
  }

  /** Output of the entrypoint, each line with its time. @throws ApiError `DOCKER::SANDBOX_NOT_FOUND` */
  async logs(id: string, options: { tail: number; since?: Date | undefined }): Promise<string> {
    return (await this.#sandboxes.logs(id, options)).text;
  }

  /** The latest events, in the order in which they happened. @throws ApiError `DOCKER::SANDBOX_NOT_FOUND` */
  events(id: string, limit: number): string {
    return eventLines(this.#sandboxes.store.events.of(this.#sandboxes.get(id).id, limit));
  }

  /** State, limits, use and container as text. @throws ApiError `DOCKER::SANDBOX_NOT_FOUND` */
  async inspect(id: string): Promise<string> {
    const { runtime } = this.#sandboxes;
    const row = this.#sandboxes.get(id);
    const container = await runtime.describe(id);
    const usage = container && (await runtime.usage(id).catch(() => undefined));
    const disk = this.#sandboxes.disks.get(id) ?? (container?.diskIsEnforced ? { enforcement: 'enforced' } : undefined);
    return inspection({ row, container, usage, disk });
  }

  /** All three as one page. What can't be had leaves a line that says why. @throws ApiError `DOCKER::SANDBOX_NOT_FOUND` */
  async summary(id: string, { tail, limit }: { tail: number; limit: number }): Promise<string> {
    this.#sandboxes.get(id);
    const parts: [string, Promise<string>][] = [
      ['INSPECT', this.inspect(id)],
      ['EVENTS', Promise.resolve(this.events(id, limit))],
      [`LOGS (last ${tail} lines)`, this.logs(id, { tail })],
    ];
    const texts = await Promise.all(
      parts.map(async ([title, text]) => {
        const said = await text.catch((error: Error) => `[error] ${error.message}\n`);
        return `\n${'-'.repeat(40)}\n${title}\n${'-'.repeat(40)}\n${said || '(none)\n'}`;
      }),
    );
    const rule = '='.repeat(72);
    return `${rule}\nSANDBOX DIAGNOSTICS SUMMARY\nSandbox ID: ${id}\n${rule}\n${texts.join('')}`;
  }

  /** Logs of a scope, as the Diagnostics API has them. @throws ApiError `DIAGNOSTICS_SCOPE_UNSUPPORTED` */
  async scopedLogs(id: string, asked: string): Promise<DiagnosticContent> {
    const scope = supported(asked, ['container', 'all']);
    const { text, isCut } = await this.#sandboxes.logs(id, { tail: mostLines });
    return { sandboxId: id, kind: 'logs', scope, delivery: 'inline', contentType, content: text, truncated: isCut };
  }

  /** Events of a scope, as the Diagnostics API has them. @throws ApiError `DIAGNOSTICS_SCOPE_UNSUPPORTED` */
  scopedEvents(id: string, asked: string): DiagnosticContent {
    const scope = supported(asked, [...eventScopes, 'all']);
    const events = this.#sandboxes.store.events.of(this.#sandboxes.get(id).id);
    const content = eventLines(events.filter((event) => scope === 'all' || event.scope === scope));
    return { sandboxId: id, kind: 'events', scope, delivery: 'inline', contentType, content, truncated: false };
  }
}

function supported(asked: string, scopes: string[]): string {
  const scope = asked.trim().toLowerCase();
  if (scopes.includes(scope)) return scope;
  const expected = `one of ${scopes.join(', ')}`;
  throw new ApiError('DIAGNOSTICS_SCOPE_UNSUPPORTED', `scope: expected ${expected}, got ${asked.slice(0, 50)}`, {
    field: 'scope',
    expected,
  });
}
