import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';

const root = join(import.meta.dirname, '..');

/**
 * `npm test`: format and lint, types, the pack, the engine and its images, then every test; `npm test -- GLOB...` runs the
 * tests of some files only. The last line counts them; the exit code is 0 only when nothing failed, and in CI nothing
 * was skipped.
 */
async function main(patterns: string[]): Promise<number> {
  if (patterns.length === 0) {
    step('format and lint', 'biome', ['check', '--error-on-warnings', '.']);
    step('types', 'tsc', ['-b']);
  }
  step('agent pack', 'node', ['agent/pack/build.ts']);
  // Without an engine its tests are skipped loudly, and in CI that fails.
  step('engine', 'bash', ['images/engine.sh'], { optional: process.env.CI !== 'true' });
  step('tools of the tests', 'bash', ['test/tools.sh'], { optional: process.env.CI !== 'true' });
  if (engineAnswers()) step('images', 'bash', ['images/build.sh', 'all-test']);
  const files = globSync(patterns.length > 0 ? patterns : ['test/**/*.test.ts'], { cwd: root }).sort();
  const { passed, failed, skipped } = await runTests(files.map((file) => join(root, file)));
  process.stdout.write(`\n${passed} passed, ${failed} failed, ${skipped} skipped\n`);
  if (skipped > 0 && process.env.CI === 'true') process.stdout.write('In CI a skipped test is a failure.\n');
  return failed > 0 || passed === 0 || (skipped > 0 && process.env.CI === 'true') ? 1 : 0;
}

/** Runs one stage to its end, or ends everything with its failure. */
function step(name: string, command: string, args: string[], { optional = false } = {}): void {
  process.stdout.write(`\n── ${name}\n`);
  const started = performance.now();
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: 'inherit' });
  if (status === 0) process.stdout.write(`   ${((performance.now() - started) / 1000).toFixed(1)} s\n`);
  else if (optional) process.stdout.write(`   could not be done: ${error?.message ?? `exit code ${status}`}\n`);
  else {
    process.stdout.write(`\n0 passed, 1 failed\n${name}: ${error?.message ?? `exit code ${status}`}\n`);
    process.exit(1);
  }
}

function engineAnswers(): boolean {
  return spawnSync('docker', ['version', '--format', '{{.Server.Version}}'], { stdio: 'ignore' }).status === 0;
}

/** Every process of the tests reads the same sources: it is told where the others have left what Node made of them. Halves its start. */
const compileCache = join(root, 'node_modules/.cache/compile');

function runTests(files: string[]): Promise<{ passed: number; failed: number; skipped: number }> {
  process.env.NODE_COMPILE_CACHE ??= compileCache;
  const counts = { passed: 0, failed: 0, skipped: 0 };
  const stream = run({ files, concurrency: 2, timeout: 900_000 });
  stream.on('test:pass', ({ skip, todo, details }) => {
    if (details.type === 'suite') return;
    if (skip !== undefined || todo !== undefined) counts.skipped += 1;
    else counts.passed += 1;
  });
  stream.on('test:fail', ({ details }) => {
    if (details.type !== 'suite') counts.failed += 1;
  });
  return new Promise((resolve) => {
    stream.compose(new spec()).pipe(process.stdout, { end: false });
    stream.once('end', () => setImmediate(resolve, counts));
  });
}

process.exitCode = await main(process.argv.slice(2));
