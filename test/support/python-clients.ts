import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';
import type { ControlClient } from './control-client.ts';
import { needsEngine, testUnless } from './engine.ts';

const root = join(import.meta.dirname, '../..');
const programs = join(root, 'test/clients/python');

/** Where test/tools.sh has installed OpenSandbox's own Python clients, as they come from their registry. */
export const pythonTools = join(root, '.tools/clients/bin');

/** How test/clients/python/claims.py marks a line that is for this file. */
const mark = '\x1eclaim ';

interface Claim {
  claim: string;
  /** Why it does not hold; absent where it does. */
  error?: string;
}

/**
 * A test that needs an engine, and the Python clients that test/tools.sh installs. In CI it always runs. Two subtests may run at
 * once: most of what clients do is waiting.
 */
export function pythonTest(name: string, body: (t: TestContext) => Promise<void>, { timeout = 600_000 } = {}): void {
  const installed = process.env.CI === 'true' || existsSync(join(pythonTools, '../installed'));
  testUnless(installed ? needsEngine() : 'test/tools.sh has not installed the Python clients', name, body, {
    timeout,
    concurrency: 2,
  });
}

/** What a client's own variables say about a control. */
export function clientEnvironment({ url, apiKey }: ControlClient): Record<string, string> {
  const { host } = new URL(url);
  return { OPEN_SANDBOX_DOMAIN: host, OPEN_SANDBOX_API_KEY: apiKey };
}

/**
 * Runs a program of test/clients/python, and makes a subtest of each claim that it has checked, under the claim's own words.
 * Fails where it checked none, and where it did not come to its end.
 */
export async function checkClaims(
  t: TestContext,
  [program, ...words]: [string, ...string[]],
  environment: Record<string, string>,
): Promise<void> {
  const child = spawn(join(pythonTools, 'python'), [join(programs, program), ...words], {
    // Nothing of this machine's own configuration of the clients counts.
    env: { PATH: process.env.PATH, LANG: 'C.UTF-8', PYTHONDONTWRITEBYTECODE: '1', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    signal: t.signal,
  });
  t.after(() => child.kill('SIGKILL'));
  const ended = once(child, 'close');
  ended.catch(() => {});
  const said: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => said.push(line));
  let checked = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    if (!line.startsWith(mark)) {
      said.push(line);
      continue;
    }
    const { claim, error } = JSON.parse(line.slice(mark.length)) as Claim;
    checked += 1;
    await t.test(claim, () => assert.equal(error, undefined, error));
  }
  const [code, signal] = (await ended) as [number | null, NodeJS.Signals | null];
  const lastWords = said.slice(-40).join('\n');
  assert.equal(signal ?? code, 0, lastWords);
  assert.ok(checked > 0, `${program} checked nothing: ${lastWords}`);
}
