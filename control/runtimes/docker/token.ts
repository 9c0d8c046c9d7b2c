import { find } from './find.ts';
import { tokenVariable } from './settings.ts';
import type { Store } from './store.ts';

/** What opens a container's agent, as its environment has it from when it was made. */
export async function token(store: Store, id: string): Promise<string | undefined> {
  const container = await find(store, id);
  const prefix = `${tokenVariable}=`;
  return container?.Config.Env.find((entry) => entry.startsWith(prefix))?.slice(prefix.length);
}
