import { readdirSync, readFileSync } from 'node:fs';

/** A process as this machine sees it. */
export interface SeenProcess {
  pid: number;
  command: string;
}

/**
 * Everything that lives below a process, itself not included; one that has ended and was not waited for yet lives no more, nor does one
 * that is about to and has given its memory back.
 */
export function descendants(pid: number): SeenProcess[] {
  return withTheEnded(pid).filter(({ pid: below }) => !hasEnded(below));
}

/** The same with those that have ended and were not waited for yet: what counts as a process for the system. */
export function withTheEnded(pid: number): SeenProcess[] {
  return everythingBelow(pid).filter((seen) => !isLauncher(seen));
}

/** What starts programs for the agent in a process. */
export function launchersOf(pid: number): SeenProcess[] {
  return everythingBelow(pid).filter(isLauncher);
}

/** Environment of a process. */
export function environmentOf(pid: number): Record<string, string> {
  const entries = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').filter(Boolean);
  return Object.fromEntries(
    entries.map((entry) => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)]),
  );
}

/** What the kernel says about a process, a line for each field. */
export function statusOf(pid: number): string {
  return readFileSync(`/proc/${pid}/status`, 'utf8');
}

/** Memory that a process has in use now and had at most, in bytes. */
export function residentMemory(pid: number): { now: number; most: number } {
  const status = statusOf(pid);
  const bytes = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) * 1024;
  return { now: bytes('VmRSS'), most: bytes('VmHWM') };
}

function everythingBelow(pid: number): SeenProcess[] {
  return childrenOf(pid).flatMap((child) => [{ pid: child, command: commandLine(child) }, ...everythingBelow(child)]);
}

function isLauncher({ command }: SeenProcess): boolean {
  return command.endsWith('/init launch');
}

function childrenOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
      readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
    );
  } catch {
    // It has ended meanwhile.
    return [];
  }
}

function hasEnded(pid: number): boolean {
  try {
    const status = statusOf(pid);
    return /^State:\s+[ZX]/m.test(status) || !/^VmSize:/m.test(status);
  } catch {
    return true;
  }
}

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
  } catch {
    return '';
  }
}
