import { existsSync } from 'node:fs';
import { request } from 'node:http';
import { type TestContext, test } from 'node:test';

/** The socket of the engine that tests use. */
export const engineSocket = /^unix:\/\/(.+)/.exec(process.env.DOCKER_HOST ?? '')?.[1] ?? '/var/run/docker.sock';

const reason = await whyNot();

/** Why tests with an engine can't run here; undefined when they can. In CI they always run, and fail where there is none. */
export function needsEngine(): string | undefined {
  return process.env.CI === 'true' ? undefined : reason;
}

/** A test that needs a Docker engine and the images that `images/build.sh all-test` makes. */
export function engineTest(
  name: string,
  body: (context: TestContext) => Promise<void>,
  { timeout = 600_000 } = {},
): void {
  testUnless(needsEngine(), name, body, { timeout });
}

/** A test that is skipped, and not in silence, where there is a reason why it can't run. */
export function testUnless(
  reason: string | undefined,
  name: string,
  body: (context: TestContext) => Promise<void>,
  options: { timeout: number; concurrency?: number },
): void {
  if (reason !== undefined) process.stderr.write(`SKIPPED, ${reason}: ${name}\n`);
  void test(name, { skip: reason ?? false, ...options }, body);
}

async function whyNot(): Promise<string | undefined> {
  if (!existsSync(engineSocket)) return `no Docker engine at ${engineSocket}`;
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  const ping = request({ socketPath: engineSocket, path: '/_ping', timeout: 5000 });
  ping.once('response', (response) => {
    response.resume();
    resolve(response.statusCode === 200 ? undefined : `the engine answers with ${response.statusCode}`);
  });
  ping.once('timeout', () => ping.destroy(new Error('it does not answer')));
  ping.once('error', (error) => resolve(`the engine can't be asked: ${error.message}`));
  ping.end();
  return promise;
}
