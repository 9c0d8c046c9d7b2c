import type { CreateSandboxRequest } from '../../shared/api/sandboxes.ts';
import type { SnapshotImage } from '../runtimes/snapshots.ts';

/** What a request comes to with the template that it names. */
export interface Templated {
  /** What the sandbox is made with. It names no template any more. */
  request: CreateSandboxRequest;
  /** What it is made of; undefined where the request names no template. */
  template?: TemplateOrigin;
  /** The template's image with its packages, in place of the request's. */
  prebuilt?: SnapshotImage;
}

/** The template that a sandbox was made of. */
export interface TemplateOrigin {
  name: string;
  version: number;
  /** The image that its own, with packages, was built upon; undefined where it has none. */
  image?: string;
}

/** Finds the template that a request names. @throws ApiError `INVALID_TEMPLATE_NAME`, `TEMPLATE_NOT_FOUND`, `TEMPLATE_NOT_READY`, `TEMPLATE_BUILD_FAILED` */
export type ResolveTemplate = (request: CreateSandboxRequest) => Promise<Templated>;
