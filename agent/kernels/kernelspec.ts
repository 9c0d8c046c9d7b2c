import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { languageNamed } from '../../shared/api/languages.ts';
import type { Caller } from '../users/passwd.ts';
import { withRights } from '../users/rights.ts';
import { findProgram, isProgram } from './programs.ts';

/** How a kernel is told to give up its cell: by SIGINT, or by a message on its control channel. */
export type InterruptMode = 'signal' | 'message';

/** A kernel that can be started: https://jupyter-client.readthedocs.io/en/stable/kernels.html#kernel-specs */
export interface KernelSpec {
  name: string;
  displayName: string;
  /** As `languageNamed` has it. */
  language: string;
  /** The file that says so; undefined for what needs none. */
  path: string | undefined;
  /** Its first word is a program that exists; `{connection_file}` stands for that file. */
  argv: string[];
  /** The words to try where the program at first finds that it can't be used here (EX_UNAVAILABLE). */
  otherwise?: string[] | undefined;
  env: Record<string, string>;
  interruptMode: InterruptMode;
  /** Any kernel can do TCP, only some can do `ipc`. */
  transport: 'ipc' | 'tcp';
  /** Other than Jupyter's: lines/PROTOCOL.md, or the image's shell, which needs none. */
  protocol?: 'lines' | 'shell';
}

/** A kernelspec that can't be used. */
export interface BrokenSpec extends Pick<KernelSpec, 'name' | 'path'> {
  displayName: string;
  /** Undefined when not even that can be read. */
  language: string | undefined;
  /** What is wrong, as a sentence's end: `names a program that is not there: /opt/x`. */
  problem: string;
}

export type FoundSpec = KernelSpec | BrokenSpec;

/** A file that says how a kernel is started, in either form. */
export interface SpecFile {
  name: string;
  path: string;
}

/** A kernel.json is a few hundred bytes; users can put anything there. */
const maxSpecBytes = 64 * 1024;

const interruptMode = z.enum(['signal', 'message']);
const Content = z.object({
  argv: z.array(z.string()).min(1),
  language: z.string().trim().min(1).max(64),
  display_name: z.string().optional().catch(undefined),
  env: z.record(z.string(), z.string()).optional(),
  interrupt_mode: interruptMode.optional().catch(undefined),
  // Jupyter leaves metadata to whoever reads it.
  metadata: z
    .object({
      cubby: z
        .object({
          interrupt_mode: interruptMode.optional(),
          transport: z.enum(['ipc', 'tcp']).optional(),
          protocol: z.literal('lines').optional(),
        })
        .optional(),
    })
    .nullish()
    .catch(undefined),
});

/** Reads a kernelspec with the caller's rights. Never throws: what can't be used says why. */
export function readKernelSpec(file: SpecFile, env: Record<string, string>, caller: Caller): FoundSpec {
  const broken = (problem: string, content?: z.infer<typeof Content>): BrokenSpec => ({
    ...file,
    displayName: content?.display_name ?? file.name,
    language: content && languageNamed(content.language),
    problem,
  });
  let text: unknown;
  try {
    text = JSON.parse(withRights(caller, () => readSmallFile(file.path)));
  } catch (error) {
    return broken(`can't be read: ${(error as Error).message}`);
  }
  const parsed = Content.safeParse(text);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return broken(`is no kernelspec: ${issue?.path.join('.') || 'the whole'}: ${issue?.message}`);
  }
  const content = parsed.data;
  const own = content.metadata?.cubby;
  const directory = dirname(file.path);
  const specEnv = expandAll(content.env ?? {}, env);
  const [program = '', ...rest] = content.argv.map((word) => word.replaceAll('{resource_dir}', directory));
  const path = programOf(program, directory, { ...env, ...specEnv }, caller);
  if (!path) return broken(`names a program that is not there: ${program}`, content);
  return {
    ...file,
    displayName: content.display_name ?? file.name,
    language: languageNamed(content.language),
    argv: [path, ...rest],
    env: specEnv,
    interruptMode: own?.interrupt_mode ?? content.interrupt_mode ?? 'signal',
    transport: own?.transport ?? 'tcp',
    ...(own?.protocol && { protocol: own.protocol }),
  };
}

/** As Jupyter does: a bare `python` means the one that the kernelspec was installed with. */
function programOf(
  program: string,
  directory: string,
  env: Record<string, string>,
  caller: Caller,
): string | undefined {
  const beside = join(directory, '../../../../bin', program);
  if (/^python[\d.]*$/.test(program) && isProgram(beside, caller)) return beside;
  return findProgram(program, env, caller);
}

/** `$NAME`, `${NAME}` and `$$` as Python's string templates, which Jupyter uses; an unknown name stays as it is. */
function expandAll(values: Record<string, string>, env: Record<string, string>): Record<string, string> {
  const expand = (value: string) =>
    value.replace(/\$(?:\$|([a-z_]\w*)|\{([a-z_]\w*)\})/gi, (whole, bare, braced) =>
      whole === '$$' ? '$' : (env[bare ?? braced] ?? whole),
    );
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, expand(value)]));
}

/** Doesn't wait for a writer where a FIFO was put in place of the file. */
function readSmallFile(path: string): string {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stat = fstatSync(fd);
    if (!stat.isFile()) throw new Error('it is no file');
    if (stat.size > maxSpecBytes) throw new Error(`it has more than ${maxSpecBytes} bytes`);
    return readFileSync(fd, 'utf8');
  } finally {
    closeSync(fd);
  }
}
