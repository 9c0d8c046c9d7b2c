import type { Check } from '../check.ts';

/** That a seccomp profile can be handed to the engine, which takes its text and not its name. */
export const seccomp: readonly Check[] = [
  {
    about: ['docker.seccomp_profile'],
    find: ({ docker: { seccompProfile } }, { read }) => {
      if (seccompProfile === undefined) return undefined;
      const bytes = read(seccompProfile);
      if (typeof bytes === 'string') return `expected a file that can be read, found ${bytes} for ${seccompProfile}`;
      return isJsonObject(bytes) ? undefined : `expected a JSON object, found something else in ${seccompProfile}`;
    },
  },
];

function isJsonObject(bytes: Uint8Array): boolean {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
