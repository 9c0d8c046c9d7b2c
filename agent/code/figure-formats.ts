import { ApiError } from '../../shared/api/errors.ts';
import type { Cell, CellEnd, Kernel } from '../kernels/kernel.ts';
import { executeSilently } from './in-environment.ts';

/** What plots can be drawn as. */
export type FigureFormat = 'png' | 'svg' | 'jpeg' | 'pdf';

/**
 * Before matplotlib's inline backend is there, its configuration is what it will start with; afterwards what draws a figure is looked
 * up by media type. `figures` keeps what there was.
 */
const setFormats = `
import sys
from IPython import get_ipython
shell = get_ipython()
inline = sys.modules.get("matplotlib_inline.backend_inline")
drawers = lambda: {kind: shell.display_formatter.formatters[kind].type_printers for kind in
    ("image/png", "image/svg+xml", "image/jpeg", "application/pdf")}
figures = sys._cubby_figures = {"formats": set(formats), "drawers": drawers}
if inline is None:
    figures["config"] = shell.config.InlineBackend.get("figure_formats")
    shell.config.InlineBackend.figure_formats = set(formats)
else:
    from IPython.core.pylabtools import select_figure_formats
    from matplotlib.figure import Figure
    figures["before"] = {kind: known.get(Figure) for kind, known in drawers().items()}
    backend = inline.InlineBackend.instance()
    select_figure_formats(shell, set(formats), **backend.print_figure_kwargs)
    figures["set"] = {kind: known.get(Figure) for kind, known in drawers().items()}`;

/** A cell may have chosen formats itself, with %config: those stay. */
const putBack = `
import sys
from IPython import get_ipython
figures, shell = sys.__dict__.pop("_cubby_figures", None), get_ipython()
if figures and "before" not in figures:
    before = figures.get("config")
    if before is None: shell.config.InlineBackend.pop("figure_formats", None)
    else: shell.config.InlineBackend.figure_formats = before
    inline = sys.modules.get("matplotlib_inline.backend_inline")
    backend = inline and inline.InlineBackend.instance()
    if backend and backend.figure_formats == figures["formats"]:
        backend.figure_formats = before or {"png"}
elif figures:
    from matplotlib.figure import Figure
    known = figures["drawers"]()
    if {kind: printers.get(Figure) for kind, printers in known.items()} == figures["set"]:
        for kind, printers in known.items():
            printers.pop(Figure, None)
            if figures["before"][kind]: printers[Figure] = figures["before"][kind]`;

/** @throws ApiError `INVALID_PARAMETER` where nothing is known of a language's plots */
export function checkFigureFormats(language: string, formats: FigureFormat[] | undefined): void {
  if (!formats || language === 'python') return;
  const message = `figure_formats: cells of ${language.slice(0, 64)} have no figures whose format could be chosen.`;
  throw new ApiError('INVALID_PARAMETER', message, {
    field: 'figure_formats',
    expected: 'a context for python, or no formats',
  });
}

/** Runs a cell whose plots are drawn in these formats; the next one's are drawn as before. */
export async function withFigureFormats(
  kernel: Kernel,
  { formats, take }: { formats: FigureFormat[] | undefined; take: Cell['take'] },
  run: () => Promise<CellEnd>,
): Promise<CellEnd> {
  if (!formats) return await run();
  const names = JSON.stringify(formats);
  const begin = await executeSilently(kernel, `exec(${JSON.stringify(setFormats)}, {"formats": ${names}})`, take);
  if (begin.death || begin.outcome?.error) return begin;
  const end = await run();
  if (end.death) return end;
  const { death } = await executeSilently(kernel, `exec(${JSON.stringify(putBack)}, {})`, take);
  return { ...end, ...(death && { death }) };
}
