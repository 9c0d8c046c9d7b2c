import { ApiError } from '../../shared/api/errors.ts';
import type { KernelServer } from '../../shared/api/kernel-server.ts';
import { defaultLanguage, languageNamed } from '../../shared/api/languages.ts';
import type { FoundSpec, KernelSpec } from './kernelspec.ts';

/** What a request says of the kernel that it wants: nothing, either, or both. */
export interface Wish {
  language?: string | undefined;
  /** A kernel's name, or its display name, or just its language. */
  kernel?: string | undefined;
  /** A kernel server to start it in. */
  server?: KernelServer | null | undefined;
}

/**
 * The kernel for a wish.
 * @throws ApiError `KERNEL_NOT_AVAILABLE` that says what there is, and what is wrong with what was meant
 */
export function chooseKernel(found: FoundSpec[], { language, kernel, server }: Wish): KernelSpec {
  const candidates = kernel === undefined ? found : named(found, kernel);
  const wanted = kernel === undefined ? (language ?? defaultLanguage) : language;
  const fitting = wanted === undefined ? candidates : candidates.filter((spec) => spec.language === wanted);
  const chosen = preferred(fitting);
  if (chosen) return chosen;
  throw notAvailable(found, { language: wanted, kernel, server }, fitting.length > 0 ? fitting : candidates);
}

/** The one that a language means; undefined where it has none that can be used. */
export function defaultKernel(found: FoundSpec[], language: string): KernelSpec | undefined {
  return preferred(found.filter((spec) => spec.language === language));
}

export function isUsable(spec: FoundSpec): spec is KernelSpec {
  return 'argv' in spec;
}

/** As Jupyter compares names: without regard to case. */
function named(found: FoundSpec[], kernel: string): FoundSpec[] {
  const lower = kernel.trim().toLowerCase();
  const ways: ((spec: FoundSpec) => boolean)[] = [
    ({ name }) => name.toLowerCase() === lower,
    ({ displayName }) => displayName.toLowerCase() === lower,
    ({ language }) => language === languageNamed(lower),
  ];
  return ways.map((way) => found.filter(way)).find((specs) => specs.length > 0) ?? [];
}

/** Where a language has several kernels, the one that is called as it is. */
function preferred(specs: FoundSpec[]): KernelSpec | undefined {
  const usable = specs.filter(isUsable);
  return usable.find(({ name, language }) => languageNamed(name) === language) ?? usable[0];
}

function notAvailable(found: FoundSpec[], { language, kernel, server }: Wish, meant: FoundSpec[]): ApiError {
  const usable = found.filter(isUsable);
  const all = usable.map((spec) => (kernel === undefined ? spec.language : `${spec.name} (${spec.language})`));
  const known = [...new Set(all)].sort().join(', ');
  const called = kernel === undefined ? '' : ` ${kernel}`;
  const spoken = language === undefined ? '' : ` for ${language.slice(0, 64)}`;
  const broken = meant.flatMap((spec) => (isUsable(spec) ? [] : [` The kernelspec ${spec.path} ${spec.problem}.`]));
  const place = server ? `The kernel server at ${server.url}` : 'This sandbox';
  return new ApiError(
    'KERNEL_NOT_AVAILABLE',
    `${place} has no kernel${called}${spoken}. It has: ${known || 'none'}.${broken.slice(0, 3).join('')}`,
    {
      field: kernel === undefined ? 'language' : 'kernel',
      expected: known || 'a kernel, of which there is none',
    },
  );
}
