import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { type Arguments, readArguments } from './arguments.ts';
import { startControl } from './control.ts';
import { Engine } from './engine.ts';
import { describeMachine } from './machine.ts';
import { measure } from './measure.ts';
import { prepare } from './prepare.ts';
import type { Result } from './result.ts';
import { scenarios } from './scenarios.ts';
import { table } from './table.ts';

/** `npm run bench`: measures, tells what it measured, leaves nothing behind. The exit code is 0 when every scenario worked. */
async function main(args: string[]): Promise<number> {
  let asked: Arguments | undefined;
  try {
    asked = readArguments(args, scenarios);
    if (!asked) return 0;
    prepare();
  } catch (error) {
    process.stderr.write(`bench: ${(error as Error).message}\n`);
    return 1;
  }
  const stop = new AbortController();
  process.on('SIGINT', () => interrupt(stop)).on('SIGTERM', () => interrupt(stop));
  try {
    const failures = await measureAll(asked, stop.signal);
    return failures === 0 ? 0 : 1;
  } catch (error) {
    process.stderr.write(`bench: ${(error as Error).message}\n`);
    return stop.signal.aborted ? 130 : 1;
  }
}

/** Measures and tells the results; returns how many scenarios failed. @throws Error when something was left behind, or `stop`'s reason */
async function measureAll({ scenarios, json, quick }: Arguments, stop: AbortSignal): Promise<number> {
  const label = { 'cubby.bench': randomUUID() };
  const control = await startControl(`cubby.bench=${label['cubby.bench']}`);
  try {
    const engine = new Engine(control.engine);
    const results: Result[] = [];
    for (const scenario of scenarios) {
      stop.throwIfAborted();
      const result = await measure(scenario, { control, engine, label, quick, stop });
      if (result) results.push(result);
    }
    if (json !== undefined) writeFileSync(json, `${JSON.stringify(results, null, 2)}\n`);
    process.stdout.write(`\n${table(results)}\n${legend}\n${await describeMachine(engine)}`);
    return scenarios.length - results.length;
  } finally {
    await control.close();
  }
}

const legend =
  'ratio = p50 / p50 of the baseline. For rates, p95 and p99 are what 95 and 99 of 100 runs reached at least.\n';

/** The first time it ends what is measured, and everything is removed; the second time control does that by itself. */
function interrupt(stop: AbortController): void {
  if (stop.signal.aborted) process.exit(130);
  process.stderr.write('\nbench: removing what was made ...\n');
  stop.abort(new Error('interrupted'));
}

process.exitCode = await main(process.argv.slice(2));
