import { backfill, type Done } from '../../users/backfill.ts';
import { Calls } from '../../users/calls.ts';
import { number, Progress } from '../../users/progress.ts';
import { Roll } from '../../users/roll.ts';
import type { Command } from '../command.ts';
import { connectionHelp, connectionOf, connectionOptions } from '../connection.ts';
import { numberIn, parse } from '../parse.ts';
import { untilStopped } from './ending.ts';
import { readAll, wordsOf } from './reading.ts';
import { requestOf } from './request.ts';
import { retryTeller } from './retries.ts';
import { sourceHelp, sourceOf, sourceOptions } from './source.ts';

const options = {
  ...connectionOptions,
  ...sourceOptions,
  template: { type: 'string' },
  request: { type: 'string' },
  concurrency: { type: 'string', default: '16' },
  'retry-seconds': { type: 'string', default: '120' },
  'dry-run': { type: 'boolean', default: false },
} as const;

/** Provisions a workspace for each user of a list. */
export const backfillCommand: Command = {
  name: 'workspaces backfill',
  synopsis: '(FILE | - | --query SQL) (--template NAME | --request FILE) [--issuer NAME] [--dry-run] [FLAG]...',
  summary: 'provision a workspace for each user of a file or of a PostgreSQL query',
  details: () =>
    [
      ...sourceHelp,
      '',
      '--template NAME     what the sandboxes are made of when their users first need them',
      '--request FILE      the same as the JSON body of POST /v1/sandboxes',
      '--concurrency N     calls at a time, 16 unless given',
      '--retry-seconds N   how long a call is tried again that the server does not answer, 120 unless given',
      '--dry-run           says what there is to do, and does nothing',
      ...connectionHelp,
      '',
      'No sandbox is started. What is there stays as it is: a second run does what is left. The exit code is 0 when every entry has a',
      'workspace, 1 when one has not, 2 when the command line is wrong, 130 when it was stopped.',
    ].join('\n'),
  async run(args, edge) {
    const { values, positionals } = parse(args, options);
    const source = sourceOf(values, positionals, edge);
    const request = values['dry-run'] ? undefined : requestOf(values, edge);
    const concurrency = Math.floor(numberIn('--concurrency', values.concurrency, { min: 1, max: 256 }));
    const retryMs = numberIn('--retry-seconds', values['retry-seconds'], { min: 0, max: 86_400 }) * 1000;
    const connection = connectionOf(values, edge);
    const progress = new Progress({ write: edge.err, columns: edge.terminal.columns });
    const roll = new Roll();
    let far: Done | undefined;
    const howFar = () =>
      far && `stopped after ${number(far.provisioned)} were provisioned: the same command does what is left`;
    try {
      return await untilStopped(
        edge,
        async (signal) => {
          try {
            const onRetry = retryTeller(progress);
            const calls = new Calls({ ...connection, signal, retryMs, onRetry });
            const read = await readAll(source, roll, progress, signal);
            const done = await backfill({
              roll,
              calls,
              request,
              concurrency,
              dryRun: values['dry-run'],
              onProgress: (now) => {
                far = now;
                progress.show({ what: 'workspaces', done: now.settled, total: read.users });
              },
              onFailed: (key, why) => progress.line(`${key}: ${why}`),
            });
            progress.end();
            const missing = read.users - done.settled + done.failed;
            edge.out(`${wordsOf(read)}: ${resultOf(done, read.users, values['dry-run'])}\n`);
            return missing + read.bad > 0 && !(values['dry-run'] && read.bad === 0) ? 1 : 0;
          } finally {
            progress.end();
          }
        },
        howFar,
      );
    } finally {
      roll.close();
    }
  },
};

function resultOf({ settled, provisioned, failed }: Done, users: number, dryRun: boolean): string {
  if (dryRun) return `${number(users - settled)} workspaces would be provisioned, ${number(settled)} are there`;
  const there = `${number(provisioned)} workspaces were provisioned, ${number(settled - provisioned - failed)} were there`;
  return failed > 0 ? `${there}, ${number(failed)} could not be had` : there;
}
