import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { type FollowOptions, follow } from '../../../agent/processes/follow.ts';
import type { RunningProcess } from '../../../agent/processes/process.ts';
import { type LaunchOptions, Processes } from '../../../agent/processes/processes.ts';
import { callerOf } from '../../../agent/users/passwd.ts';
import { pack } from '../../support/pack.ts';

export interface Spool {
  processes: Processes;
  /** Runs a shell script as whoever runs the tests. */
  launch(script: string, more?: Partial<LaunchOptions>): Promise<RunningProcess>;
}

/** Processes over a spool of this test's own, all ended after it. */
export function makeSpool(t: Pick<TestContext, 'after'>): Spool {
  const spool = mkdtempSync(join(tmpdir(), 'cubby-processes-'));
  const processes = new Processes({
    spool,
    init: join(pack, 'init'),
    ringBytes: 1024 * 1024,
    noCapabilities: false,
  });
  const launched: RunningProcess[] = [];
  t.after(async () => {
    for (const process of launched) {
      process.kill(true);
      assert.ok(await process.end(60_000), 'nothing is left');
      process.close();
    }
    processes.close();
    rmSync(spool, { recursive: true, force: true });
  });
  return {
    processes,
    launch: async (script, more) => {
      const started = await processes.launch({
        argv: ['/bin/sh', '-c', script],
        cwd: '/',
        env: { PATH: process.env.PATH! },
        caller: callerOf(process.getuid!(), process.getgid!()),
        ...more,
      });
      launched.push(started);
      return started;
    },
  };
}

/** All that a process puts out until it ends, as text. */
export async function outputOf(process: RunningProcess, options: Partial<FollowOptions> = {}): Promise<string> {
  let text = '';
  for await (const { records } of follow(process, { signal: AbortSignal.timeout(60_000), ...options }))
    text += records.map(({ data }) => data.toString()).join('');
  return text;
}
