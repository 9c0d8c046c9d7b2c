import { quoted } from '../../users/problem.ts';
import { number, type Progress } from '../../users/progress.ts';
import { type Read, register } from '../../users/register.ts';
import type { Roll } from '../../users/roll.ts';
import type { Source } from './source.ts';

/** As many entries that can't be taken are told of one by one. */
const mostTold = 1000;

/** Reads all users, and tells of entries that are none. */
export async function readAll(
  { source, issuer }: Source,
  roll: Roll,
  progress: Progress,
  signal: AbortSignal,
): Promise<Read> {
  let told = 0;
  const read = await register({
    roll,
    source,
    issuer,
    signal,
    onBad: ({ place, expected, ...entry }) => {
      told += 1;
      const found = 'found' in entry ? `, found ${quoted(entry.found)}` : '';
      if (told <= mostTold) progress.line(`${source.name}, ${place}: expected ${expected}${found}`);
      if (told === mostTold)
        progress.line(`No more than ${number(mostTold)} are told of one by one; the rest is counted.`);
    },
    onRead: ({ entries }) => progress.show({ what: 'reading users', done: entries }),
  });
  progress.end();
  return read;
}

/** What was read, for the summary. */
export function wordsOf({ entries, users, bad }: Read): string {
  const again = entries - bad - users;
  const parts = [`${number(users)} users`];
  if (again > 0) parts.push(`${number(again)} of them more than once`);
  if (bad > 0) parts.push(`${number(bad)} entries that are none`);
  return parts.join(', ');
}
