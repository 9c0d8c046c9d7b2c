import { join } from 'node:path';
import { findShell, hasShell } from '../processes/shell.ts';
import type { Caller } from '../users/passwd.ts';
import { javaSpec, javaWithJshell } from './java.ts';
import type { KernelSpec } from './kernelspec.ts';
import { findProgram } from './programs.ts';

/** What kernels that need no kernelspec are made of. */
export interface OwnPrograms {
  /** Directory of the programs that start kernels, readable to everybody. */
  launchers: string;
  /** Words that start the agent's own Node, for images that have none, or one that is too old. */
  node: string[];
}

const rest = { path: undefined, env: {} } as const;
/** Not called as its language is, as the kernel of that name is the one that a language means. */
const shell = { ...rest, name: 'live-shell', displayName: 'Bash', language: 'bash', protocol: 'shell' } as const;
/** Cells are parsed by Node's own parser, and may be broken off in the middle of a callback. */
const nodeFlags = ['--no-force-async-hooks-checks', '--disable-warning=ExperimentalWarning'];

/**
 * The kernels that there are without a kernelspec: JavaScript and TypeScript always, Python, Java and the shell where the
 * image has them. A kernelspec for Java or bash goes before the last two.
 */
export function ownKernels(programs: OwnPrograms, env: Record<string, string>, caller: Caller): KernelSpec[] {
  const python = findProgram('python3', env, caller);
  const node = findProgram('node', env, caller);
  const java = javaWithJshell(env, caller);
  const plain = { interruptMode: 'signal', transport: 'tcp' } as const;
  return [
    ...(python ? [plainPython(python)] : []),
    javascript('javascript', 'JavaScript', programs, node),
    javascript('typescript', 'TypeScript', programs, node),
    ...(java ? [{ ...rest, ...javaSpec, argv: [java, ...javaSpec.argv], ...plain }] : []),
    ...(hasShell() ? [{ ...shell, argv: findShell().words, ...plain }] : []),
  ];
}

/** It may have ipykernel; whether it has is known when it was started. */
function plainPython(python: string): KernelSpec {
  const argv = [python, '-m', 'ipykernel_launcher', '-f', '{connection_file}'];
  return {
    ...rest,
    name: 'python3',
    displayName: 'Python 3',
    language: 'python',
    argv,
    interruptMode: 'signal',
    transport: 'ipc',
  };
}

/** `node`: the image's, which goes first, as what was installed for it, addons above all, works with that one only. */
function javascript(language: string, displayName: string, own: OwnPrograms, node: string | undefined): KernelSpec {
  const script = [...nodeFlags, join(own.launchers, 'javascript.cjs'), '{connection_file}', language];
  const argv = [...own.node, ...script];
  const words = node ? { argv: [node, ...script], otherwise: argv } : { argv };
  return { ...rest, name: language, displayName, language, ...words, interruptMode: 'message', transport: 'ipc' };
}
