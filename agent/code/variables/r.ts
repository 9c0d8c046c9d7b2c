import type { Changes, Dialect } from './dialect.ts';

/** Options are where R's packages keep what is nobody's variable. */
const kept = 'getOption("cubby.variables", list())';
const put = 'if (is.na(value)) Sys.unsetenv(name) else do.call(Sys.setenv, setNames(list(value), name))';

export const r: Dialect = {
  change: (changes) => quiet(`for (pair in ${pairs(changes)}) { name <- pair[1]; value <- pair[2]; ${put} }`),
  set: (variables) =>
    quiet(
      `kept <- ${kept}; for (pair in ${pairs(variables)}) { name <- pair[1]; ` +
        'if (is.null(kept[[name]])) kept[[name]] <- Sys.getenv(name, unset = NA); ' +
        'do.call(Sys.setenv, setNames(list(pair[2]), name)) }; options(cubby.variables = kept)',
    ),
  restore: () =>
    quiet(
      `kept <- ${kept}; for (name in names(kept)) { value <- kept[[name]]; ${put} }; options(cubby.variables = NULL)`,
    ),
};

function quiet(program: string): string {
  return `invisible(local({ ${program} }))`;
}

/** What JSON escapes, R escapes the same way. */
function pairs(changes: Changes): string {
  const each = Object.entries(changes).map(
    ([name, value]) => `c(${JSON.stringify(name)}, ${value === null ? 'NA' : JSON.stringify(value)})`,
  );
  return `list(${each.join(', ')})`;
}
