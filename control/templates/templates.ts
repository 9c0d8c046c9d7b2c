import { isDeepStrictEqual } from 'node:util';
import { ApiError } from '../../shared/api/errors.ts';
import type { CreateSandboxRequest } from '../../shared/api/sandboxes.ts';
import { TemplateSpec } from '../../shared/api/templates.ts';
import { SchemaRefusal } from '../../shared/http/validation.ts';
import type { ImageFacts } from '../runtimes/runtime.ts';
import type { Templated } from '../sandboxes/templated.ts';
import { merged } from './merge.ts';
import { type TemplateReference, templateReference } from './name.ts';
import type { Builds } from './packages/builds.ts';
import type { BuildContent } from './packages/key.ts';
import { patched } from './patch.ts';
import { kept } from './spec.ts';
import type { TemplateRow, TemplateStore } from './store.ts';

export interface TemplatesOptions {
  store: TemplateStore;
  /** Checks what a sandbox would be made with, as if it were to be made. @throws ApiError what is wrong with it */
  check(request: CreateSandboxRequest): Promise<Pick<ImageFacts, 'id'>>;
  /** Finds an image, and pulls it where it isn't there. @throws ApiError `DOCKER::SANDBOX_IMAGE_PULL_FAILED` */
  image(uri: string): Promise<Pick<ImageFacts, 'id'>>;
  builds: Builds;
  /** Told when versions have come or gone, and with them what is wanted of builds. */
  onChange(): void;
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

  get builds(): Builds {
    return this.#options.builds;
  }

  /** Makes a new template. @throws ApiError `TEMPLATE_ALREADY_EXISTS`, and what is wrong with it, as a create of a sandbox says it */
  async create(name: string, asked: TemplateSpec): Promise<TemplateRow> {
    if (this.store.get(name)) throw exists(name);
    const row = this.#add(name, 0, await this.#checked(asked));
    if (row) return row;
    throw exists(name);
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
    this.#options.onChange();
  }

  /** Forgets every template. */
  removeAll(): void {
    for (const { name } of this.store.all()) this.remove(name);
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

  /**
   * The same, ready to be made: with the image that has the template's packages, unless the request names another.
   * @throws as above, `TEMPLATE_NOT_READY`, `TEMPLATE_BUILD_FAILED`
   */
  async resolve(request: CreateSandboxRequest): Promise<Templated> {
    const { row, ...found } = this.find(request);
    if (!row?.build || request.image || request.snapshotId) return found;
    const prebuilt = await this.#options.builds.image(row.build);
    return { ...found, prebuilt, template: { ...found.template!, image: row.spec.image!.uri } };
  }

  /**
   * Has packages installed again that could not be; where the template's image is another by now, for its next version.
   * @throws ApiError `TEMPLATE_NOT_FOUND`, `TEMPLATE_HAS_NO_PACKAGES`, `DOCKER::SANDBOX_IMAGE_PULL_FAILED`
   */
  async rebuild(name: string): Promise<TemplateRow> {
    for (;;) {
      const before = this.get({ name, version: undefined });
      const { spec, version } = before;
      const key = this.buildOf(before);
      const { id: base } = await this.#options.image(spec.image!.uri);
      if (this.builds.store.get(key)?.base === base) {
        this.builds.retry(key);
        return before;
      }
      const row = this.#add(name, version, { spec, content: { base, packages: spec.packages! } });
      if (row) return row;
    }
  }

  /** The build of a version. @throws ApiError `TEMPLATE_HAS_NO_PACKAGES` */
  buildOf({ name, build }: TemplateRow): string {
    if (build) return build;
    throw nothingToBuild(name);
  }

  /** Until nobody has changed it between the check of the change and the change. */
  async #change(name: string, wanted: () => TemplateSpec): Promise<Changed> {
    for (;;) {
      const before = this.store.get(name);
      const checked = await this.#checked(wanted());
      if (before && isDeepStrictEqual(before.spec, checked.spec)) return { row: before, created: false };
      const row = this.#add(name, before?.version ?? 0, checked);
      if (row) return { row, created: !before };
    }
  }

  async #checked(asked: TemplateSpec): Promise<Checked> {
    const { pool: _, packages: __, ...request } = asked;
    const spec = kept(asked);
    const { packages, snapshotId } = spec;
    if (packages && snapshotId) {
      const [field, expected] = ['packages', 'none with a snapshot: they are built upon an image'];
      throw new ApiError('SANDBOX::INVALID_PARAMETER', `${field}: expected ${expected}`, { field, expected });
    }
    if (packages) this.builds.requireSupport();
    const { id: base } = await this.#options.check(request);
    return { spec, content: packages ? { base, packages } : undefined };
  }

  #add(name: string, after: number, { spec, content }: Checked): TemplateRow | undefined {
    const { builds, onChange } = this.#options;
    const row = this.store.add(name, spec, {
      after,
      now: this.#now(),
      ...(content && { build: () => builds.note(content) }),
    });
    if (row?.build) builds.begin(row.build);
    if (row) onChange();
    return row;
  }
}

/** What a template says, and what is to be built for it. */
interface Checked {
  spec: TemplateSpec;
  content: BuildContent | undefined;
}

function nothingToBuild(name: string): ApiError {
  return new ApiError('TEMPLATE_HAS_NO_PACKAGES', `Template ${name} has no packages.`, { field: 'name' });
}

function exists(name: string): ApiError {
  return new ApiError('TEMPLATE_ALREADY_EXISTS', `There is a template ${name} already.`, { field: 'name' });
}
