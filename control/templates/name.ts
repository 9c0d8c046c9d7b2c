import { ApiError } from '../../shared/api/errors.ts';

/** A template, or one version of it. */
export interface TemplateReference {
  name: string;
  /** Undefined: the newest. */
  version: number | undefined;
}

/** A DNS label in lower case. */
const shape = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const expectedName = '1 to 63 lower-case letters, digits and hyphens, a letter or a digit at both ends';

/** Takes a name as it is, or not at all. @throws ApiError `INVALID_TEMPLATE_NAME` */
export function templateName(text: string): string {
  if (shape.test(text)) return text;
  throw invalid('name', expectedName);
}

/** Reads `name` or `name@version`; `field` is whose it is. @throws ApiError `INVALID_TEMPLATE_NAME` */
export function templateReference(text: string, field: string): TemplateReference {
  const [name = '', version, ...more] = text.split('@');
  if (!shape.test(name) || more.length > 0) throw invalid(field, `${expectedName}, and a version behind an @ or none`);
  if (version === undefined) return { name, version: undefined };
  if (!/^[1-9]\d{0,8}$/.test(version)) throw invalid(field, 'the number of a version behind the @, as python@3');
  return { name, version: Number(version) };
}

function invalid(field: string, expected: string): ApiError {
  return new ApiError('INVALID_TEMPLATE_NAME', `${field}: expected ${expected}`, { field, expected });
}
