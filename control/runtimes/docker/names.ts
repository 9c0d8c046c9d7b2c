import { ApiError } from '../../../shared/api/errors.ts';

/** Label that says whose a container, network or volume is. */
export const storeLabel = 'cubby.store';
/** Label that carries the sandbox id. */
export const sandboxLabel = 'cubby.sandbox';
/** Label of a container that was started for a pool, with the pool's name. It stays when somebody is given the container: labels never change. */
export const poolLabel = 'cubby.pool';
/** Label of a named volume that was made for a user, with the id of the sandbox that it was made for. */
export const claimLabel = 'cubby.claim';
/** Label of the short-lived containers that set rules; not a sandbox, so it has no `cubby.store`. */
export const helperLabel = 'cubby.helper';
/** The repository that all snapshots' images are in, whatever store they belong to. */
export const snapshotRepository = 'cubby-snapshots';
/** Label that carries the snapshot's id, on its image. Containers made from it inherit it. */
export const snapshotLabel = 'cubby.snapshot';
/** Label of what is made on the way to a snapshot. It carries the snapshot's id as well. */
export const draftLabel = 'cubby.draft';

/** The repository that all images with a template's packages are in, whatever store they belong to. */
export const prebuiltRepository = 'cubby-prebuilt';
/** Label that carries the key of a build, on its image and on the container that it is made in. Containers made of it inherit it. */
export const buildLabel = 'cubby.build';
/** Label of an image that is made on the way there. It carries the key as well. */
export const buildDraftLabel = 'cubby.build.draft';

/** No sandbox's id begins like this: those are UUIDs. */
const builderPrefix = 'build-';

/** True for the id of a container in which an image with packages is made. */
export function isBuilder(id: string): boolean {
  return id.startsWith(builderPrefix);
}

/** What the things of one store are called: two stores share an engine and never meet. */
export class Names {
  readonly store: string;
  readonly #short: string;

  constructor(store: string) {
    this.store = store;
    this.#short = store.slice(0, 8);
  }

  /** Name of a sandbox's container. @throws `DOCKER::SANDBOX_NOT_FOUND` for what can't be a sandbox id: it is part of a URL. */
  container(id: string): string {
    if (!/^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,127}$/.test(id)) {
      throw new ApiError('DOCKER::SANDBOX_NOT_FOUND', `there is no sandbox ${JSON.stringify(id.slice(0, 64))}`);
    }
    return `cubby-${this.#short}-${id}`;
  }

  /** Name of a snapshot's image. @throws `SNAPSHOT::NOT_FOUND` for what can't be a snapshot's id: it is part of a URL */
  snapshot(id: string): string {
    if (/^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,127}$/.test(id)) return `${snapshotRepository}:${id}`;
    throw new ApiError('SNAPSHOT::NOT_FOUND', `There is no snapshot ${JSON.stringify(id.slice(0, 64))}.`);
  }

  /** Name of an image with packages. Two stores have one each of the same content. @throws `TEMPLATE_NOT_FOUND` for what can't be a key */
  prebuilt(key: string): string {
    if (/^[a-z0-9]{1,64}$/.test(key)) return `${prebuiltRepository}:${this.#short}-${key}`;
    throw new ApiError('TEMPLATE_NOT_FOUND', `There is no build ${JSON.stringify(key.slice(0, 64))}.`);
  }

  /** What the container in which one is made is known by: its id beside those of sandboxes, and its name. */
  builder(key: string): { id: string; name: string } {
    const id = `${builderPrefix}${key}`;
    return { id, name: this.container(id) };
  }

  /** Name of the network, and of its bridge on the host: 14 of the 15 characters that an interface's name may have. */
  get network(): string {
    return `cubby-${this.#short}`;
  }

  /** Name of the host's table of rules. */
  get table(): string {
    return `cubby_${this.#short}`;
  }

  get labels(): Record<string, string> {
    return { [storeLabel]: this.store };
  }

  /**
   * The sandbox id in a container's labels, when the container is truly one of this store's. Labels alone are no
   * proof: a container that somebody started from an image with such labels inherits them. The name can't be inherited.
   */
  sandbox(labels: Record<string, string> | undefined, name: string | undefined): string | undefined {
    const id = labels?.[sandboxLabel];
    if (id === undefined || labels?.[storeLabel] !== this.store) return undefined;
    return name?.replace(/^\//, '') === `cubby-${this.#short}-${id}` ? id : undefined;
  }
}
