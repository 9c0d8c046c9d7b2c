import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  constants,
  copyFileSync,
  existsSync,
  globSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';
import { bundleAgent } from './bundle.ts';
import { bundleJavascriptKernel } from './javascript-kernel.ts';
import { copyLibraries } from './libraries.ts';
import { warmCompileCache } from './warm.ts';
import { zeromqBinary } from './zeromq.ts';

const root = join(import.meta.dirname, '../..');
const require = createRequire(import.meta.url);

/**
 * Builds the agent pack into `.pack/<version>` and points `.pack/current` at it: a folder that runs in any Linux image. Its
 * version is the content of what went in, so building again without a change does nothing, and a new version is a new
 * folder beside the old one, which running sandboxes keep.
 */
export async function buildPack(say: (line: string) => void): Promise<string> {
  const version = contentVersion();
  const target = join(root, '.pack', version);
  if (!existsSync(target)) {
    const started = performance.now();
    const draft = `${target}.draft-${process.pid}`;
    rmSync(draft, { recursive: true, force: true });
    await assemble(draft, version, say);
    moveInto(draft, target);
    say(`agent pack ${version} built in ${((performance.now() - started) / 1000).toFixed(1)} s`);
  }
  pointCurrent(version);
  return target;
}

async function assemble(draft: string, version: string, say: (line: string) => void): Promise<void> {
  for (const folder of ['bin', 'lib', 'kernels', 'programs']) mkdirSync(join(draft, folder), { recursive: true });
  say('bundling the agent');
  await bundleAgent(join(root, 'agent/main.ts'), draft, version);
  copyFileSync(join(import.meta.dirname, 'boot.cjs'), join(draft, 'agent.cjs'));
  for (const program of globSync(['agent/kernels/python/*.py', 'agent/kernels/java/*.java'], { cwd: root })) {
    copyFileSync(join(root, program), join(draft, 'kernels', basename(program)));
  }
  for (const runner of globSync('agent/programs/runners/*', { cwd: root })) {
    copyFileSync(join(root, runner), join(draft, 'programs', basename(runner)));
  }
  bundleJavascriptKernel(join(draft, 'kernels'));
  const node = nodeBinary();
  copyFileSync(node, join(draft, 'bin/node'), constants.COPYFILE_FICLONE);
  chmodSync(join(draft, 'bin/node'), 0o755);
  const addon = zeromqBinary();
  copyFileSync(addon, join(draft, 'zeromq.node'));
  say('compiling init and rights.node');
  compile('agent/init/build.sh', join(draft, 'init'));
  const rights = join(draft, 'rights.node');
  compile('agent/users/build.sh', rights);
  copyLibraries([node, addon, rights], join(draft, 'lib'));
  say('describing the API');
  // In a process of its own: it loads the addon, and it is what the bundle leaves out.
  execFileSync(process.execPath, [join(root, 'agent/openapi.ts'), draft], { stdio: ['ignore', 'inherit', 'inherit'] });
  say('warming the compile cache');
  await warmCompileCache(draft);
}

function compile(script: string, output: string): void {
  execFileSync('sh', [join(root, script), output], { stdio: ['ignore', 'inherit', 'inherit'] });
}

/** The Node that npm brought for this machine: the official binary, and the one everything was tested with. */
function nodeBinary(): string {
  const name = `node-linux-${process.arch}`;
  return join(dirname(require.resolve(`${name}/package.json`)), 'bin/node');
}

function contentVersion(): string {
  const inputs = globSync(['agent/**/*', 'shared/**/*', 'package-lock.json'], { cwd: root, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .sort();
  const hash = createHash('sha256').update(process.arch);
  for (const input of inputs) hash.update(`\0${input}\0`).update(readFileSync(join(root, input)));
  return hash.digest('hex').slice(0, 16);
}

/** Two builds at once make the same pack: the first to be done wins. */
function moveInto(draft: string, target: string): void {
  try {
    renameSync(draft, target);
  } catch (error) {
    if (!existsSync(target)) throw error;
    rmSync(draft, { recursive: true, force: true });
  }
}

/** Replaced by rename, so that there is always a current one. */
function pointCurrent(version: string): void {
  const link = join(root, '.pack/current');
  if (existsSync(link) && readlinkSync(link) === version) return;
  const draft = `${link}.${process.pid}`;
  symlinkSync(version, draft);
  renameSync(draft, link);
}

if (import.meta.main) {
  const path = await buildPack((line) => process.stdout.write(`${line}\n`));
  process.stdout.write(`${path}\n`);
}
