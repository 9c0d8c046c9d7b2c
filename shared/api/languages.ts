/** What runs code where a request does not say. */
export const defaultLanguage = 'python';

/** Other names that clients and kernelspecs use. */
const aliases = new Map([
  ['py', 'python'],
  ['python3', 'python'],
  ['ipython', 'python'],
  ['js', 'javascript'],
  ['node', 'javascript'],
  ['nodejs', 'javascript'],
  ['ecmascript', 'javascript'],
  ['ts', 'typescript'],
  ['sh', 'bash'],
  ['shell', 'bash'],
]);

/** The one name of a language, in lower case, whatever it is called: `JS` is `javascript`. */
export function languageNamed(name: string): string {
  const lower = name.trim().toLowerCase();
  return aliases.get(lower) ?? lower;
}
