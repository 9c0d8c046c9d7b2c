import type { GrepRequest } from './grep-request.ts';
import { mostHeld } from './native-file.ts';

/** What makes ripgrep search just what is searched without it, and in the same order. */
const always = [
  '--no-config',
  '--json',
  '--sort=path',
  '--no-ignore',
  '--hidden',
  '--no-follow',
  '--no-mmap',
  '--crlf',
];
/** See `isUsual` and `isTemporary`: later globs count more than earlier ones. */
const leftOut = ['--glob=!**/.git', '--glob=!**/node_modules', '--glob=!**/.cubby-*'];
/** Of the whole file system. */
const systems = ['--glob=!/proc', '--glob=!/sys', '--glob=!/dev'];

/** The command line of a search, but for where. */
export function ripgrepArguments(request: GrepRequest): string[] {
  const { expression, ignoreCase, multiline, around, glob, extensions, depth, root, isFile } = request;
  return [
    ...always,
    ...(ignoreCase ? ['--ignore-case'] : ['--case-sensitive']),
    ...(multiline ? ['--multiline', '--multiline-dotall', `--max-filesize=${mostHeld}`] : []),
    ...(depth === undefined ? [] : [`--max-depth=${depth}`]),
    `--before-context=${around.before}`,
    `--after-context=${around.after}`,
    ...(extensions ? [`--type-add=wanted:*.{${extensions.join(',')}}`, '--type=wanted'] : []),
    ...(glob === undefined || isFile ? [] : [`--glob=${glob}`]),
    ...(isFile ? [] : leftOut),
    ...(root.absolute === '/' ? systems : []),
    `--regexp=${expression.ripgrep}`,
  ];
}
