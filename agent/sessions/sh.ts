import {
  assignments,
  type Dialect,
  lines,
  quote,
  say,
  sayOnce,
  stateKiB,
  stopFile,
  traced,
  wholeLine,
} from './dialect.ts';

const SIGINT = 2;

/**
 * Any other shell, as bash.ts has it, where the image has no bash. It can tell neither its functions nor what is not exported. Only
 * ten descriptors have names, so 8 and 9 are lent: what a run does with them ends with it. `command` keeps dash from dropping what was
 * typed behind when a run breaks off. A trap of the user's for SIGINT may keep it from breaking off.
 */
export const sh: Dialect = {
  // Reading standard input itself, busybox takes the end of a job for the end of its input.
  options: ['-i', '/dev/stdin'],
  interrupt: SIGINT,

  files: (dir) => ({
    save: lines('\\set +vx', giveBack(dir), `: "$(${dump(`${dir}/state`)})"`),
    leave: lines(giveBack(dir), dump(`${dir}/left`)),
  }),

  prepare: (dir, restores) =>
    lines(
      '\\exec </dev/null 8>&1 9>&2 >/dev/null 2>&1',
      restores && `\\command . ${quote(`${dir}/restore`)} </dev/null`,
      `\\trap -- ${quote(`\\command . ${quote(`${dir}/leave`)}`)} EXIT`,
    ),

  run: (dir) => lines(`\\command . ${quote(`${dir}/start`)} </dev/null >&8 2>&9 8>&- 9>&-`),

  report: (dir, number) => lines(say('\\command', dir, number), `\\command . ${quote(`${dir}/save`)}`),

  reportAgain: (dir, number) => lines(sayOnce('\\command', dir, number), `\\command . ${quote(`${dir}/save`)}`),

  start: (dir, { number, cwd, envs, lent, status }) =>
    lines(
      `[ -e ${quote(`${dir}/${stopFile(number)}`)} ] && \\return 130`,
      cwd !== undefined && `\\command cd -- ${quote(cwd)} || \\return 1`,
      Object.keys(lent).length > 0 && lend(dir, lent),
      Object.keys(envs).length > 0 && `\\export ${assignments(envs)}`,
      `${status ? `(\\exit ${status}) || ` : ''}\\command . ${quote(`${dir}/script`)}`,
    ),

  script: (command, before) => traced('\\', command, before),
};

/**
 * Sets variables, keeps under other names what they were, and writes down how to put that back: all of one at once, so that an interrupt
 * finds it whole.
 */
function lend(dir: string, lent: Record<string, string>): string {
  const keep = Object.keys(lent).map((name) => {
    const kept = `_cubby_${name}`;
    const back = `\\unset -v ${name}; ${name}=$${kept}; \\unset -v ${kept}`;
    const write = (commands: string) => `\\command printf '%s\\n' '${commands}'`;
    const isExported = `case "$(\\export -p)" in *'export ${name}='*) ${write(`${back}; \\export ${name}`)};; *) ${write(back)};; esac`;
    return `if [ "\${${name}+x}" ]; then ${kept}=$${name}; ${isExported}; else ${write(`\\unset -v ${name}`)}; fi`;
  });
  return `{ ${keep.join('\n')}\n} >|${quote(`${dir}/lent`)} && \\export ${assignments(lent)} || \\return 1`;
}

/** Puts back what `lend` has written down. */
function giveBack(dir: string): string {
  const file = quote(`${dir}/lent`);
  return `if [ -s ${file} ]; then \\command . ${file} || :; : >|${file}; fi`;
}

/** Writes what the shell can tell into a file, as commands, as far as it is not too large. */
function dump(file: string): string {
  return [
    // In blocks of 512 bytes.
    `trap '' XFSZ; ulimit -S -f ${stateKiB * 2}`,
    `{ export -p; printf 'umask %s\\n' "$(umask)"`,
    `printf '%s\\n' "\${PWD-}" | sed "s/'/'\\\\\\\\''/g; 1s/^/cd -- '/; \\$s/\\$/'/"`,
    `set +o; printf '%s' ${quote(wholeLine)}`,
    `} >|${quote(file)} 2>/dev/null || :`,
  ].join('\n');
}
