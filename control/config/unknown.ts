import { openSandboxNames } from './opensandbox.ts';
import { entries, sections } from './schema.ts';
import { closest, didYouMean } from './suggest.ts';

/** What to say of a setting that doesn't exist: what it is called here, or what was probably meant. */
export function unknownSetting(name: string): string {
  const known = openSandboxNames.get(name);
  if (known) return `there is no such setting; for OpenSandbox's ${name}: ${known}`;
  return `there is no such setting${didYouMean(meant(name))}`;
}

/** What to say of a `[section]` that doesn't exist. */
export function unknownSection(name: string): string {
  return `there is no such section${didYouMean(closest(name, Object.keys(sections)))}`;
}

function meant(name: string): string | undefined {
  const dot = name.indexOf('.');
  const section = name.slice(0, Math.max(dot, 0));
  const key = name.slice(dot + 1);
  const all = [...entries.keys()];
  // The right key in a wrong place, then a typing error in the same section, then one anywhere.
  return (
    all.find((candidate) => candidate.endsWith(`.${key}`)) ??
    closest(
      name,
      all.filter((candidate) => candidate.startsWith(`${section}.`)),
    ) ??
    closest(name, all)
  );
}
