import { isDeepStrictEqual } from 'node:util';
import { ApiError } from '../../shared/api/errors.ts';
import type { CreateSandboxRequest } from '../../shared/api/sandboxes.ts';
import { TemplateSpec } from '../../shared/api/templates.ts';
import { SchemaRefusal } from '../../shared/http/validation.ts';
import type { Templated } from '../sandboxes/templated.ts';
import { merged } from './merge.ts';
import { type TemplateReference, templateReference } from './name.ts';
import { patched } from './patch.ts';
import { kept } from './spec.ts';
import type { TemplateRow, TemplateStore } from './store.ts';

export interface TemplatesOptions {
  store: TemplateStore;
  /** Checks what a sandbox would be made with, as if it were to be made. @throws ApiError what is wrong with it */
  check(request: CreateSandboxRequest): Promise<unknown>;
  /** A template was made, changed or deleted. */
  onChange?(): void;
  now?: () => number;
}

/** A template after it was asked to be changed. */
export interface Changed {
  row: TemplateRow;
  created: boolean;
}

/** What sandboxes are made of, by name. A change is a version of its own; what was made of an earlier one stays as it is. */
export class Templates {
  readonly #options: TemplatesOptions;
  readonly #now: () => number;

  constructor(options: TemplatesOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
  }

  get store(): TemplateStore {
    return this.#options.store;
  }

  /** Makes a new template. @throws ApiError `TEMPLATE_ALREADY_EXISTS`, and what is wrong with it, as a create of a sandbox says it */
  async create(name: string, asked: TemplateSpec): Promise<TemplateRow> {
    this.#requireNone(name);
    const spec = await this.#checked(asked);
    const row = this.store.add(name, spec, { after: 0, now: this.#now() });
    if (!row) throw exists(name);
    this.#options.onChange?.();
    return row;
  }

  /** Makes a template, or its next version; none where it says just that already. @throws ApiError what is wrong with it */
  async put(name: string, asked: TemplateSpec): Promise<Changed> {
    return this.#change(name, () => asked);
  }

  /** Makes a template's next version of a JSON merge patch. @throws ApiError `TEMPLATE_NOT_FOUND`, and what is wrong with it */
  async patch(name: string, patch: Record<string, unknown>): Promise<TemplateRow> {
    const { row } = await this.#change(name, () => {
      const { success, data, error } = TemplateSpec.safeParse(
        patched(this.get({ name, version: undefined }).spec, patch),
      );
      if (success) return data;
      throw new SchemaRefusal(error.issues[0]!);
    });
    return row;
  }

  /** @throws ApiError `TEMPLATE_NOT_FOUND`; `field` is what named it */
  get({ name, version }: TemplateReference, field = 'name'): TemplateRow {
    const row = this.store.get(name, version);
    if (row) return row;
    const newest = version === undefined ? undefined : this.store.get(name);
    const message = newest
      ? `Template ${name} has no version ${version}: the newest is ${newest.version}, and only so many are kept.`
      : `There is no template ${name}.`;
    throw new ApiError('TEMPLATE_NOT_FOUND', message, { field });
  }

  /** Forgets a template. What was made of it goes on. @throws ApiError `TEMPLATE_NOT_FOUND` */
  remove(name: string): void {
    if (!this.store.remove(name)) this.get({ name, version: undefined });
    this.#options.onChange?.();
  }

  /**
   * What a request comes to with the template that it names, if it names one. Asks nobody but the database.
   * @throws ApiError `INVALID_TEMPLATE_NAME`, `TEMPLATE_NOT_FOUND`
   */
  find(request: CreateSandboxRequest): Templated & { row?: TemplateRow } {
    const { template, ...own } = request;
    if (template == null) return { request: own };
    const row = this.get(templateReference(template, 'template'), 'template');
    const { name, version, spec } = row;
    return { request: merged(spec, own), template: { name, version }, row };
  }

  /** The same, ready to be made. @throws as above */
  async resolve(request: CreateSandboxRequest): Promise<Templated> {
    const { row: _, ...found } = this.find(request);
    return found;
  }

  /** Until nobody has changed it between the check of the change and the change. */
  async #change(name: string, wanted: () => TemplateSpec): Promise<Changed> {
    for (;;) {
      const before = this.store.get(name);
      const spec = await this.#checked(wanted());
      if (before && isDeepStrictEqual(before.spec, spec)) return { row: before, created: false };
      const row = this.store.add(name, spec, { after: before?.version ?? 0, now: this.#now() });
      if (!row) continue;
      this.#options.onChange?.();
      return { row, created: !before };
    }
  }

  async #checked(asked: TemplateSpec): Promise<TemplateSpec> {
    const { pool: _, ...request } = asked;
    await this.#options.check(request);
    return kept(asked);
  }

  #requireNone(name: string): void {
    if (this.store.get(name)) throw exists(name);
  }
}

function exists(name: string): ApiError {
  return new ApiError('TEMPLATE_ALREADY_EXISTS', `There is a template ${name} already.`, { field: 'name' });
}
