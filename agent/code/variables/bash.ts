import type { Dialect } from './dialect.ts';

const prefix = '__cubby_kept_';

/** For any shell of the Bourne kind. Only bash can tell what was exported before, and take that back. */
export const bash: Dialect = {
  refuses: (name) =>
    /^[A-Za-z_]\w*$/.test(name) ? undefined : 'a shell’s variables have names of letters, digits and _',
  change: (changes) =>
    lines(
      Object.entries(changes).map(([name, value]) =>
        value === null ? `unset ${name}` : `export ${name}=${quoted(value)}`,
      ),
    ),
  set: (variables) =>
    lines(
      Object.entries(variables).map(([name, value]) => {
        const kept = `${prefix}${name}`;
        const isExported = `[ -n "\${BASH_VERSION-}" ] && eval 'case \${${name}@a} in *x*) ;; *) ${kept}_local=1 ;; esac'`;
        return `if [ "\${${name}+x}" ]; then ${kept}=$${name}; ${isExported}; fi\nexport ${name}=${quoted(value)}`;
      }),
    ),
  restore: (names) =>
    lines(
      names.map((name) => {
        const kept = `${prefix}${name}`;
        return (
          `if [ "\${${kept}+x}" ]; then ${name}=$${kept}; else unset ${name}; fi\n` +
          `[ -z "\${${kept}_local-}" ] || export -n ${name}\nunset ${kept} ${kept}_local`
        );
      }),
    ),
};

/** Ends with 0, whatever a line before ended with. */
function lines(all: string[]): string {
  return [...all, ':'].join('\n');
}

function quoted(value: string): string {
  return `'${value.replaceAll("'", "'\\''")}'`;
}
