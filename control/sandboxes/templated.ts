import type { CreateSandboxRequest } from '../../shared/api/sandboxes.ts';

/** What a request comes to with the template that it names. */
export interface Templated {
  /** What the sandbox is made with. It names no template any more. */
  request: CreateSandboxRequest;
  /** What it is made of; undefined where the request names no template. */
  template?: TemplateOrigin;
}

/** The template that a sandbox was made of. */
export interface TemplateOrigin {
  name: string;
  version: number;
}

/** Finds the template that a request names. @throws ApiError `INVALID_TEMPLATE_NAME`, `TEMPLATE_NOT_FOUND` */
export type ResolveTemplate = (request: CreateSandboxRequest) => Promise<Templated>;
