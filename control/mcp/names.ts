import { catalogue } from '../../shared/api/tools/catalogue.ts';
import type { Tool } from '../../shared/api/tools/tool.ts';

/** "Local" means nothing to a model that may have files of another machine at hand too, and would take these for those. */
export function shownName({ name, aliases }: Pick<Tool, 'name' | 'aliases'>): string {
  const short = name.replace('Local', '');
  return aliases.includes(short) ? short : name;
}

const shown = new Map(catalogue.map((tool) => [tool.name, shownName(tool)]));
const anyName = new RegExp(`\\b(?:${[...shown.keys()].join('|')})\\b`, 'g');

/** A text in which tools are called by the names that they are shown by. */
export function withShownNames(text: string): string {
  return text.replace(anyName, (name) => shown.get(name)!);
}
