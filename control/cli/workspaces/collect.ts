import { Calls } from '../../users/calls.ts';
import { findGone, type Looked, type Removed, removeGone } from '../../users/collect.ts';
import { Gone } from '../../users/gone.ts';
import { UsersError } from '../../users/problem.ts';
import { number, Progress } from '../../users/progress.ts';
import type { Read } from '../../users/register.ts';
import { Roll } from '../../users/roll.ts';
import type { Command } from '../command.ts';
import { connectionHelp, connectionOf, connectionOptions } from '../connection.ts';
import type { Edge } from '../edge.ts';
import { numberIn, parse, timeIn } from '../parse.ts';
import { UsageError } from '../usage-error.ts';
import { untilStopped } from './ending.ts';
import { lineOf } from './listing.ts';
import { readAll, wordsOf } from './reading.ts';
import { retryTeller } from './retries.ts';
import { sourceHelp, sourceOf, sourceOptions } from './source.ts';

const options = {
  ...connectionOptions,
  ...sourceOptions,
  'whole-keys': { type: 'boolean', default: false },
  delete: { type: 'boolean', default: false },
  yes: { type: 'boolean', default: false },
  'allow-share': { type: 'string', default: '10' },
  'allow-bad': { type: 'boolean', default: false },
  grace: { type: 'string', default: '24h' },
  concurrency: { type: 'string', default: '4' },
  'retry-seconds': { type: 'string', default: '120' },
} as const;

/** Lists the workspaces of users that are gone, or deletes them. */
export const collectCommand: Command = {
  name: 'workspaces collect',
  synopsis: '(FILE | - | --query SQL) --issuer NAME [--delete [--yes]] [--allow-share PERCENT] [FLAG]...',
  summary: 'list the workspaces of users that are gone, and delete them when told to',
  details: () =>
    [
      'Given all users that there are of an issuer, it lists the issuer’s workspaces that are nobody’s of them. --delete deletes',
      'them, when their number is typed in answer to a question, or with --yes.',
      '',
      ...sourceHelp,
      '',
      '--issuer NAME       whose workspaces are looked at; ids that name no issuer are its own',
      '--whole-keys        the ids are whole keys, issuer:subject',
      '--allow-share N     delete no more than so many percent of the workspaces, 10 unless given',
      '--allow-bad         delete although there are entries that no user could be read from: they may be somebody’s',
      '--grace TIME        leave what is younger than this was when the list was made, 24h unless given',
      '--concurrency N     deletions at a time, 4 unless given',
      '--retry-seconds N   how long a call is tried again that the server does not answer, 120 unless given',
      ...connectionHelp,
    ].join('\n'),
  async run(args, edge) {
    const { values, positionals } = parse(args, options);
    const { issuer } = values;
    if (issuer === undefined) throw new UsageError('--issuer: expected whose workspaces are to be looked at');
    const { 'issuer-column': column, 'whole-keys': wholeKeys } = values;
    // Here --issuer says whose workspaces; the entries may say their own issuers all the same.
    const named = column === undefined ? values : { ...values, issuer: undefined };
    const source = { ...sourceOf(named, positionals, edge), ...(wholeKeys && { issuer: undefined }) };
    const plan: Plan = {
      issuer,
      allowedShare: numberIn('--allow-share', values['allow-share'], { min: 0, max: 100 }) / 100,
      allowBad: values['allow-bad'],
      doDelete: values.delete,
      yes: values.yes,
    };
    const graceMs = timeIn('--grace', values.grace);
    const concurrency = Math.floor(numberIn('--concurrency', values.concurrency, { min: 1, max: 64 }));
    const retryMs = numberIn('--retry-seconds', values['retry-seconds'], { min: 0, max: 86_400 }) * 1000;
    const connection = connectionOf(values, edge);
    const progress = new Progress({ write: edge.err, columns: edge.terminal.columns });
    const [roll, gone] = [new Roll(), new Gone()];
    let far: Removed | undefined;
    const work = async (signal: AbortSignal) => {
      const calls = new Calls({ ...connection, signal, retryMs, onRetry: retryTeller(progress) });
      // Before the list is read: whoever signs up from now on is not on it.
      const { total, date } = await calls.count(issuer);
      const madeAt = Math.min(date.getTime(), source.madeAt?.getTime() ?? Number.POSITIVE_INFINITY);
      const read = await readAll(source, roll, progress, signal);
      if (!roll.counts().get(issuer))
        throw new UsersError(`${source.source.name} has no user of ${issuer}: nothing is gone by that`);
      const looked = await findGone({
        roll,
        gone,
        calls,
        issuer,
        madeBefore: new Date(madeAt - graceMs),
        onProgress: ({ workspaces }) => progress.show({ what: 'workspaces', done: workspaces, total }),
      });
      progress.end();
      for (const each of gone.all()) edge.out(lineOf(each));
      edge.out(`${wordsOf(read)}; ${wordsOfGone(gone.count, looked)}\n`);
      const obstacle = obstacleTo(plan, gone.count, looked, read);
      if (gone.count === 0) return 0;
      if (!plan.doDelete) {
        edge.err(`Nothing was deleted: --delete does that${obstacle ? `, but ${obstacle}` : ''}.\n`);
        return 0;
      }
      if (obstacle) throw new UsersError(`nothing was deleted: ${obstacle}`);
      if (!(await confirmed(plan, gone.count, edge))) throw new UsersError('nothing was deleted');
      const onProgress = (now: Removed) => {
        far = now;
        progress.show({ what: 'deleting', done: now.settled, total: gone.count });
      };
      const onFailed = (key: string, why: string) => progress.line(`${key}: ${why}`);
      const removed = await removeGone({ gone, calls, concurrency, onProgress, onFailed });
      progress.end();
      const others = removed.others > 0 ? `, ${number(removed.others)} were removed or made anew by others` : '';
      const failed = removed.failed > 0 ? `, ${number(removed.failed)} could not be` : '';
      edge.out(`${number(removed.removed)} workspaces were deleted${others}${failed}\n`);
      return removed.failed > 0 ? 1 : 0;
    };
    try {
      return await untilStopped(
        edge,
        (signal) => work(signal).finally(() => progress.end()),
        () => far && `stopped after ${number(far.removed)} were deleted: the same command does what is left`,
      );
    } finally {
      roll.close();
      gone.close();
    }
  },
};

interface Plan {
  issuer: string;
  allowedShare: number;
  allowBad: boolean;
  doDelete: boolean;
  yes: boolean;
}

function wordsOfGone(gone: number, { workspaces, young }: Looked): string {
  const share = gone > 0 ? ` (${((gone / workspaces) * 100).toFixed(1)} %)` : '';
  const left = young > 0 ? `, ${number(young)} more are too young to tell` : '';
  return `${number(gone)} of ${number(workspaces)} workspaces are of users that are gone${share}${left}`;
}

/** Why nothing may be deleted; undefined: it may. */
function obstacleTo(
  { allowedShare, allowBad }: Plan,
  gone: number,
  { workspaces }: Looked,
  { bad }: Read,
): string | undefined {
  if (bad > 0 && !allowBad)
    return `${number(bad)} entries could not be read, and may be somebody’s whose workspace is listed here; --allow-bad deletes all the same`;
  if (gone <= workspaces * allowedShare) return undefined;
  const percent = (share: number) => `${Number((share * 100).toFixed(1))} %`;
  return `that is more than ${percent(allowedShare)} of all workspaces, which a list that is not whole would look like; --allow-share ${Math.ceil((gone / workspaces) * 100)} deletes all the same`;
}

/** @throws UsersError where nobody is there to be asked */
async function confirmed({ yes }: Plan, count: number, { terminal }: Edge): Promise<boolean> {
  if (yes) return true;
  const answer = await terminal.ask(`Files in them are lost. Type ${count} to delete ${number(count)} workspaces: `);
  if (answer === undefined)
    throw new UsersError('nothing was deleted: nobody is there to be asked; --yes deletes without a question');
  return answer.trim() === String(count);
}
