import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from './sandbox.ts';

/** Waits until a shell that runs cells has written down its state, `text` in it: it does that behind a cell, where nobody waits. */
export async function stateIsKept(dir: string, text: string): Promise<void> {
  const spool = join(dir, 'spool');
  await until(() => {
    const states = readdirSync(spool).map((id) => contentOf(join(spool, id, 'state')));
    return states.some((state) => state.includes(text) && state.endsWith('# whole\n'));
  }, `a state with ${text} is kept`);
}

function contentOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
