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

const SIGRTMAX = 64;

/**
 * bash, interactive: that one goes back to reading, with all of its state, when something breaks off what it does.
 *
 * What is typed runs with its standard streams at /dev/null and the pipes out of the way, so that prompts and what a shell says of
 * itself go nowhere; a run has them back, and whatever it does to them ends with it. Internals go by `\builtin`, which neither an
 * alias nor a function of the user's can take the place of, and leave no name behind. All that can be seen of them are
 * traps for EXIT and RTMAX.
 *
 * By SIGINT it breaks off only when what it waits for has died of that too, and not at all where the user has set a trap for it. A
 * trap is sprung before the next command in any case, so RTMAX has one that makes a SIGINT of its own; only within a run, as
 * bash 5.2 corrupts its memory when it breaks off reading by a trap.
 */
export const bash: Dialect = {
  options: ['--norc', '--noediting', '-i'],
  interrupt: SIGRTMAX,

  files: (dir) => {
    const [start, kept] = [quote(`${dir}/start`), quote(`${dir}/interrupt`)];
    return {
      save: lines(
        // A trace of what is typed would go to where BASH_XTRACEFD says; the next run turns it on again.
        '\\builtin set +vx',
        giveBack(dir),
        `if [[ -s ${kept} ]]; then \\. ${kept}; \\builtin : >|${kept}; fi`,
        `\\builtin : "$(${dump(`${dir}/state`)})"`,
      ),
      leave: lines(giveBack(dir), dump(`${dir}/left`)),
      // The user's own trap for SIGINT is sprung, gone past, and set again behind the run.
      spring: lines(
        `if [[ \${BASH_SOURCE[\${#BASH_SOURCE[@]}-1]} == ${start} ]]; then`,
        `\\builtin trap -p INT >|${kept}; \\builtin trap - INT`,
        `trap() { \\builtin eval "$2"; }`,
        `\\. ${kept}`,
        '\\builtin unset -f trap; \\builtin kill -INT $$',
        'fi',
      ),
    };
  },

  prepare: (dir, restores) =>
    lines(
      '\\builtin unset HISTFILE; \\builtin set +o history +o histexpand; \\exec 250>&1 251>&2 >/dev/null 2>&1',
      restores && `\\. ${quote(`${dir}/restore`)} </dev/null`,
      // A trap of the user's that was sprung is gone with its shell; another is kept, in place of what would keep the state at the end.
      restores?.exited && '\\builtin trap - EXIT',
      `case "$(\\builtin trap -p EXIT)" in ''|*/leave*) ${trap(`${dir}/leave`, 'EXIT')};; esac`,
      restores && '\\builtin trap - XFSZ',
      trap(`${dir}/spring`, 'RTMAX'),
    ),

  run: (dir) => lines(`\\. ${quote(`${dir}/start`)} </dev/null >&250 2>&251 250>&- 251>&-`),

  report: (dir, number) => lines(say('\\builtin', dir, number), `\\. ${quote(`${dir}/save`)}`),

  reportAgain: (dir, number) => lines(sayOnce('\\builtin', dir, number), `\\. ${quote(`${dir}/save`)}`),

  start: (dir, { number, cwd, envs, lent, status }) =>
    lines(
      `[[ -e ${quote(`${dir}/${stopFile(number)}`)} ]] && \\builtin return 130`,
      cwd !== undefined && `\\builtin cd -- ${quote(cwd)} || \\builtin return 1`,
      Object.keys(lent).length > 0 && lend(dir, lent),
      Object.keys(envs).length > 0 && `\\builtin export ${assignments(envs)}`,
      // `$?` as the run before has left it; behind `||` no errexit ends the shell.
      `${status ? `(\\builtin exit ${status}) || ` : ''}\\. ${quote(`${dir}/script`)}`,
    ),

  script: (command, before) => traced('\\builtin ', command, before),
};

function trap(file: string, signal: string): string {
  return `\\builtin trap -- ${quote(`\\. ${quote(file)}`)} ${signal}`;
}

/** Sets variables, and writes down as commands what they were. */
function lend(dir: string, lent: Record<string, string>): string {
  const keep = Object.keys(lent).map(
    (name) =>
      `\\builtin printf '%s\\n' '\\builtin unset -v ${name}' "$(\\builtin declare -p ${name} || \\builtin echo :)"`,
  );
  const names = Object.keys(lent).join(' ');
  // An array would stay one, and arrays are not exported.
  const set = `{ \\builtin unset -v ${names}; \\builtin export ${assignments(lent)}; }`;
  return `{ ${keep.join('; ')}; } >|${quote(`${dir}/lent`)} 2>/dev/null && ${set} || \\builtin return 1`;
}

/** Puts back what `lend` has written down, whatever has become of it: errexit is not to end the shell for that. */
function giveBack(dir: string): string {
  const file = quote(`${dir}/lent`);
  return `if [[ -s ${file} ]]; then \\. ${file} || \\builtin :; \\builtin : >|${file}; fi`;
}

/** Writes all that the shell knows into a file, as commands, as far as it is not too large. */
function dump(file: string): string {
  return [
    // Traps come first: a subshell that has set one of its own does not know its parent's any more.
    `{ \\builtin trap -p; \\builtin trap '' XFSZ; \\builtin ulimit -S -f ${stateKiB}`,
    `\\builtin printf '%s\\n' '\\builtin unset -v $(\\builtin compgen -e)'`,
    '\\builtin shopt -p; \\builtin declare -p; \\builtin declare -pf; \\builtin alias -p; \\builtin umask -p',
    `\\builtin printf '\\\\builtin cd -- %q\\n' "\${PWD-}"`,
    `\\builtin set +o; \\builtin printf '%s' ${quote(wholeLine)}`,
    `} >|${quote(file)} 2>/dev/null || \\builtin :`,
  ].join('\n');
}
