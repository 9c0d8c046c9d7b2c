import { readFileSync } from 'node:fs';
import type { Bench } from './scenario.ts';

/** A process in a container. */
export interface Process {
  /** As the host has it. */
  pid: number;
  command: string;
}

/** MiB: PSS, where a page of n processes counts 1/n for each, and RSS, where it counts whole. */
export interface Memory {
  pss: number;
  rss: number;
}

/** The processes of a sandbox, its init first. */
export async function processesOf(sandbox: string, { engine, signal }: Bench): Promise<Process[]> {
  const { Id, State } = await engine.containerOf(sandbox, signal);
  const { Titles, Processes } = await engine.ask<Top>('GET', `/containers/${Id}/top`, { signal });
  const pid = Titles.indexOf('PID');
  const found = Processes.map((columns) => ({ pid: Number(columns[pid]), command: columns.at(-1) ?? '' }));
  return found.sort((a, b) => Number(b.pid === State.Pid) - Number(a.pid === State.Pid));
}

/** With the process that the engine keeps beside each container's first. */
export function withShim(processes: Process[]): Process[] {
  const stat = readFileSync(`/proc/${processes[0]!.pid}/stat`, 'latin1');
  const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  return [...processes, { pid: parent, command: 'the engine’s' }];
}

/** What they take together. @throws Error when one of them has ended */
export function memoryOfAll(processes: Process[]): Memory {
  const files = processes.map(({ pid }) => readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'));
  const sum = (name: string) =>
    files
      .map((file) => Number(new RegExp(`^${name}: +(\\d+) kB$`, 'm').exec(file)?.[1]))
      .reduce((total, kibibytes) => total + kibibytes / 1024, 0);
  return { pss: sum('Pss'), rss: sum('Rss') };
}

/** The engine's word on a container's processes, with their ids as the host has them. */
interface Top {
  Titles: string[];
  Processes: string[][];
}
