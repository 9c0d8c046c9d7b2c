import { setTimeout as delay } from 'node:timers/promises';
import { signalFirst, signalNewcomers } from '../processes/marks.ts';
import type { RunningProcess } from '../processes/process.ts';
import type { Run } from './run.ts';
import type { Shell } from './shell.ts';

const SIGINT = 2;
const SIGKILL = 9;
const SIGTERM = 15;
const SIGCONT = 18;

/** Between rounds, at the latest. */
const roundMs = 50;
/** Rounds in which what the shell does for itself behind a run comes to its end. */
const ownRounds = 5;
/** What SIGKILL takes with a crowd of processes and a tenth of a processor is less. */
const crowdMs = 30_000;

/** How long it is asked nicely, in ms since the interrupt. */
export interface Patience {
  /** SIGTERM for what the run started. */
  term: number;
  /** SIGKILL for what the run started. */
  kill: number;
  /** SIGKILL for a shell that has not come back. */
  shell: number;
}

/**
 * Ends a run and everything that it started, and lets the shell and what was there before live. The shell breaks off what it does and
 * goes back to reading; what it runs gets SIGINT, as by Ctrl-C, and what stays after that more. Returns when nothing of the run
 * is left, and `over` has settled: the shell has come back, or has ended.
 */
export async function stopRun(shell: Shell, run: Run, over: Promise<unknown>, patience: Patience): Promise<void> {
  const { process } = shell;
  const began = performance.now();
  const past = () => performance.now() - began;
  let isOver = false;
  const settled = over.then(() => {
    isOver = true;
  });
  shell.forbid(run.number);
  // Whoever reads it too slowly would keep it from ending.
  process.hold(undefined);
  await interrupt(shell);
  let isTermed = false;
  for (let round = 0; !isOver && !process.isClosed; round += 1) {
    await Promise.race([settled, delay(Math.min(roundMs, 10 * (round + 1)))]);
    if (isOver) break;
    if (past() >= patience.shell) signalFirst(process, SIGKILL);
    if (past() >= patience.kill) {
      await interrupt(shell);
      await signalNewcomers(process, SIGKILL);
    } else if (past() >= patience.term && !isTermed) {
      isTermed = true;
      await interrupt(shell);
      await signal(process, SIGTERM);
    }
    shell.askAgain(run.number);
  }
  for (let round = 0; !process.isClosed && past() < patience.kill + crowdMs; round += 1) {
    const isLate = past() >= patience.kill;
    if ((await signalNewcomers(process, isLate ? SIGKILL : 0)) === 0) return;
    if (!isLate && !isTermed && round >= ownRounds) {
      isTermed = true;
      await signal(process, SIGTERM);
    }
    await delay(Math.min(roundMs, 2 * (round + 1)));
  }
}

/** First the shell, which must not go on when what it waits for ends. */
async function interrupt(shell: Shell): Promise<void> {
  shell.interrupt();
  signalFirst(shell.process, SIGCONT);
  await signal(shell.process, SIGINT);
}

/** What was stopped sees no signal until it goes on. */
async function signal(process: RunningProcess, number: number): Promise<void> {
  await signalNewcomers(process, number);
  await signalNewcomers(process, SIGCONT);
}
